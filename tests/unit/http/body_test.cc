#include <gtest/gtest.h>

#include <atomic>

#include "api/http/server.h"
#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/said.h"

namespace kiln::api {
namespace {

constexpr std::string_view kContinueLine = "HTTP/1.1 100 Continue\r\n\r\n";

class BodyTest : public testing::Test {
 protected:
  void SetUp() override {
    router_.addTarget("A", [](Request& request) { return Response::text(200, request.body); });
    router_.addPath("PUT", "/refuse", [](Request&) { return Response::text(403, "no"); });
    router_.addPath("PUT", "/echo", [](Request& request) {
      if (!request.stream) return Response::text(200, "nothing");
      std::string all;
      for (auto piece = request.stream->read(7); piece.ok() && !piece->empty();
           piece = request.stream->read(7))
        all += *piece;
      return Response::text(200, all);
    });
    router_.addPath("PUT", "/count", [this](Request& request) { return count(request); });
    router_.addPath("PUT", "/late", [](Request& request) {
      Response response = Response::text(200, "");
      response.stream = [body = request.stream](BodyWriter& out) { out.write(*body->read(100)); };
      return response;
    });
    router_.addPath("PUT", "/keep", [this](Request& request) {
      kept_ = request.stream;
      return Response::text(200, "");
    });
    ASSERT_TRUE(server_.start("127.0.0.1", port_).ok());
  }

  Response count(Request& request) {
    go_.wait([](bool is) { return is; });
    std::uint64_t size = 0;
    for (auto piece = request.stream->read(256 << 10); piece.ok() && !piece->empty();
         piece = request.stream->read(256 << 10)) {
      if (piece->front() == 'x' && piece->back() == 'x') size += piece->size();
    }
    return Response::text(200, std::to_string(size));
  }

  static std::string put(const std::string& path, const std::string& headers) {
    return "PUT " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
  }

  const int port_ = freePort();
  Said<bool> go_;
  std::shared_ptr<BodyReader> kept_;
  Router router_;
  HttpServer server_{router_, "1", 2, {.drained = 1 << 20, .linger = Seconds(60)}};
};

TEST_F(BodyTest, AClientThatWaitsIsToldToGoOnWhenItsBodyIsRead) {
  RawClient client(port_);
  client.send(put("/echo", "Expect: 100-Continue\r\nContent-Length: 3\r\n"));
  ASSERT_TRUE(client.waitFor(kContinueLine));
  EXPECT_EQ(client.received(), kContinueLine);
  client.send("abc");
  EXPECT_EQ(client.answer(true).status, 100);
  EXPECT_EQ(client.answer().body, "abc");
  client.send(put("/echo", "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n"));
  ASSERT_TRUE(client.waitFor(kContinueLine));
  client.send("3\r\ndef\r\n0\r\n\r\n");
  EXPECT_EQ(client.answer(true).status, 100);
  EXPECT_EQ(client.answer().body, "def");
}

TEST_F(BodyTest, AJsonCallThatWaitsIsToldToGoOn) {
  RawClient client(port_);
  client.send(
      "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: A.B\r\nExpect: 100-continue\r\n"
      "Content-Length: 2\r\n\r\n");
  ASSERT_TRUE(client.waitFor(kContinueLine));
  client.send("{}");
  EXPECT_EQ(client.answer(true).status, 100);
  EXPECT_EQ(client.answer().body, "{}");
}

TEST_F(BodyTest, AClientThatWaitsBeforeNothingIsToldToGoOnAndKeepsItsConnection) {
  RawClient client(port_);
  for (int i = 0; i < 2; ++i) {
    client.send(put("/echo", "Expect: 100-continue\r\nContent-Length: 0\r\n"));
    EXPECT_EQ(client.answer(true).status, 100);
    EXPECT_EQ(client.answer().status, 200);
  }
}

TEST_F(BodyTest, AClientThatWaitsAndIsRefusedIsNeverToldToGoOn) {
  for (const char* length : {"3", "999999999999"}) {
    RawClient client(port_);
    client.send(
        put("/refuse", std::string("Expect: 100-continue\r\nContent-Length: ") + length + "\r\n"));
    const auto answer = client.answer();
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.waitClosed());
  }
  RawClient big(port_);
  const auto answer = big.ask(
      "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: A.B\r\nExpect: 100-continue\r\n"
      "Content-Length: 13000000\r\n\r\n");
  EXPECT_EQ(answer.status, 413);
}

TEST_F(BodyTest, Http10IsNotToldToGoOn) {
  RawClient client(port_);
  client.send("PUT /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(client.answer().body, "abc");
}

TEST_F(BodyTest, ChunksExtensionsAndTrailersAreTakenApart) {
  RawClient client(port_);
  const std::string chunks =
      "3;a=b;c=\"d\"\r\nabc\r\n00a\r\n0123456789\r\n0\r\nX-Amz-Checksum-Crc32: AA==\r\nB: "
      "c\r\n\r\n";
  for (std::size_t split = 0; split < chunks.size(); split += 3) {
    client.send(put("/echo", "Transfer-Encoding: Chunked\r\n") + chunks.substr(0, split));
    client.send(chunks.substr(split));
    ASSERT_EQ(client.answer().body, "abc0123456789") << split;
  }
}

TEST_F(BodyTest, NoBodyIsNoStream) {
  RawClient client(port_);
  EXPECT_EQ(client.ask(put("/echo", "")).body, "nothing");
  EXPECT_EQ(client.ask(put("/echo", "Content-Length: 0\r\n")).body, "nothing");
  EXPECT_EQ(client.ask(put("/echo", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n").body, "");
}

TEST_F(BodyTest, RequestsSentAheadAreAnsweredInTheirOrder) {
  RawClient client(port_);
  std::string all;
  for (int i = 0; i < 500; ++i) {
    const std::string body = "body " + std::to_string(i);
    all += i % 2 == 0
               ? put("/echo", "Content-Length: " + std::to_string(body.size()) + "\r\n") + body
               : put("/echo", "Transfer-Encoding: chunked\r\n") + "4\r\nbody\r\n1\r\n \r\n" +
                     std::to_string(std::to_string(i).size()) + "\r\n" + std::to_string(i) +
                     "\r\n0\r\n\r\n";
  }
  client.send(all);
  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.answer().body, "body " + std::to_string(i));
}

TEST_F(BodyTest, AClientIsHeldUpByAHandlerThatDoesNotRead) {
  constexpr std::uint64_t kSize = 64 << 20;
  RawClient client(port_);
  client.send(put("/count", "Content-Length: " + std::to_string(kSize) + "\r\n"));
  const std::string piece(256 << 10, 'x');
  const auto taken = client.sendWhileTaken(piece, kSize, 300);
  EXPECT_LT(taken, kSize / 2);  // what the sockets hold
  go_.say(true);
  EXPECT_EQ(taken + client.sendWhileTaken(piece, kSize - taken, kPatience), kSize);
  EXPECT_EQ(client.answer().body, std::to_string(kSize));
}

TEST_F(BodyTest, AnUploadOfAnySizeTakesBoundedMemory) {
  const std::uint64_t size = kLong ? 1ULL << 30 : 64ULL << 20;
  go_.say(true);
  const std::string piece(256 << 10, 'x');
  RawClient counted(port_), chunked(port_);
  const PeakMemory memory;
  counted.send(put("/count", "Content-Length: " + std::to_string(size) + "\r\n"));
  EXPECT_EQ(counted.sendWhileTaken(piece, size, kPatience), size);
  EXPECT_EQ(counted.answer().body, std::to_string(size));
  chunked.send(put("/count", "Transfer-Encoding: chunked\r\n"));
  for (std::uint64_t sent = 0; sent < size; sent += piece.size()) {
    chunked.send("40000\r\n");
    chunked.send(piece);
    chunked.send("\r\n");
  }
  chunked.send("0\r\n\r\n");
  EXPECT_EQ(chunked.answer().body, std::to_string(size));
  EXPECT_LT(memory.grown(), 32 << 20);
}

TEST_F(BodyTest, WhatAHandlerLeavesIsReadAwayOrTheConnectionIsClosedAfterTheAnswer) {
  RawClient client(port_);
  const std::string little(1 << 20, 'x');
  EXPECT_EQ(client.ask(put("/refuse", "Content-Length: 1048576\r\n") + little).status, 403);
  EXPECT_EQ(client.ask(put("/echo", "")).body, "nothing");
  // The answer arrives although the client first sends all that it has.
  const std::string much(20 << 20, 'x');
  const auto answer = client.ask(put("/refuse", "Content-Length: 20971520\r\n") + much);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.waitClosed());
  HttpServer hasty(router_, "1", 1, {.linger = Millis(100)});
  const int port = freePort();
  ASSERT_TRUE(hasty.start("127.0.0.1", port).ok());
  RawClient endless(port);
  EXPECT_EQ(endless.ask(put("/refuse", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n").status,
            403);
  EXPECT_TRUE(endless.waitClosed());
}

TEST_F(BodyTest, TheBodyMayBeReadWhileTheAnswerIsWrittenButNotAfterIt) {
  RawClient client(port_);
  EXPECT_EQ(client.ask(put("/late", "Content-Length: 3\r\n") + "abc").body, "abc");
  EXPECT_EQ(client.ask(put("/keep", "Content-Length: 3\r\n") + "abc").status, 200);
  EXPECT_EQ(client.ask(put("/echo", "")).status, 200);
  server_.stop();
  EXPECT_EQ(kept_->read(10).error().code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace kiln::api
