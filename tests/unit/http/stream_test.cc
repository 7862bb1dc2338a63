#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "api/http/server.h"
#include "controller/core/guarded.h"
#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/said.h"

namespace kiln::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class StreamTest : public testing::Test {
 protected:
  void serve(std::function<void(BodyWriter&)> writer) {
    router_.addPath("GET", "/stream", [this, writer](Request&) {
      Response response;
      response.headers["content-type"] = "application/x-ndjson";
      response.stream = writer;
      response.length = length_;
      return response;
    });
    const auto started = server_.start("127.0.0.1", port_);
    ASSERT_TRUE(started.ok()) << started.error().message;
  }

  static constexpr std::string_view kAsk = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";

  const int port_ = freePort();
  std::optional<std::uint64_t> length_;
  Router router_;
  HttpServer server_{router_, "1", 2};
};

TEST_F(StreamTest, WhatIsWrittenArrivesAtOnceAndTheEndIsSeen) {
  Said<int> next;
  serve([&](BodyWriter& out) {
    out.write("one\n");
    next.wait([](int step) { return step == 1; });
    out.write("two\n");
  });
  RawClient client(port_);
  client.send(kAsk);
  EXPECT_TRUE(client.waitFor("one\n"));
  EXPECT_EQ(client.received().find("two"), std::string::npos);
  next.say(1);
  const auto answer = client.answer();
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.body, "one\ntwo\n");
  EXPECT_EQ(answer.headers.at("content-type"), "application/x-ndjson");
  EXPECT_EQ(answer.headers.at("transfer-encoding"), "chunked");
  EXPECT_TRUE(client.ask(kAsk).whole);  // the connection goes on
}

TEST_F(StreamTest, ALongAnswerArrivesWhole) {
  serve([](BodyWriter& out) {
    for (int i = 0; i < 200; ++i) out.write(std::string(50'000, static_cast<char>('a' + i % 26)));
    out.write(std::string(3'000'000, 'z'));
  });
  RawClient client(port_);
  const auto answer = client.ask(kAsk);
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.body.size(), 13'000'000U);
  EXPECT_EQ(answer.body[50'000], 'b');
}

TEST_F(StreamTest, AnEmptyStreamIsAnEmptyAnswer) {
  serve([](BodyWriter&) {});
  RawClient client(port_);
  const auto answer = client.ask(kAsk);
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.body, "");
}

TEST_F(StreamTest, AWriterWaitsForASlowClient) {
  Said<std::size_t> written;
  Said<bool> ended;
  serve([&](BodyWriter& out) {
    const std::string piece(64 * 1024, 'x');
    for (std::size_t sum = 0; sum < (64U << 20); sum += piece.size()) {
      if (!out.write(piece)) break;
      written.say(sum);
    }
    ended.say(true);
  });
  RawClient client(port_);
  client.send(kAsk);
  EXPECT_TRUE(written.wait([](std::size_t sum) { return sum > 0; }));
  // It stands still once the sockets' buffers are full, far from the end.
  std::size_t before = 1;
  while (before != written.get()) {
    before = written.get();
    ended.wait([](bool is) { return is; }, milliseconds(200));
  }
  EXPECT_GT(before, 0U);
  EXPECT_LT(before, 32U << 20);
  EXPECT_FALSE(ended.get());
  EXPECT_EQ(client.answer().body.size(), 64U << 20);
  EXPECT_TRUE(ended.wait([](bool is) { return is; }));
}

TEST_F(StreamTest, AClientThatGoesEndsTheWriter) {
  Said<bool> ended;
  serve([&](BodyWriter& out) {
    while (out.write("tick\n") && !out.waitClosed(milliseconds(5))) {
    }
    ended.say(true);
  });
  RawClient client(port_);
  client.send(kAsk);
  EXPECT_TRUE(client.waitFor("tick"));
  client.hangUp();
  EXPECT_TRUE(ended.wait([](bool is) { return is; }));
}

TEST_F(StreamTest, AClientThatGoesWhileTheWriterWaitsForItEndsTheWriter) {
  Said<bool> ended;
  serve([&](BodyWriter& out) {
    while (out.write(std::string(100'000, 'x'))) {
    }
    ended.say(true);
  });
  RawClient client(port_);
  client.send(kAsk);
  EXPECT_TRUE(client.waitFor("xxx"));
  client.hangUp();
  EXPECT_TRUE(ended.wait([](bool is) { return is; }));
}

TEST_F(StreamTest, AWriterThatThrowsBreaksTheAnswerOff) {
  serve([](BodyWriter& out) {
    out.write("half");
    throw std::runtime_error("no more");
  });
  RawClient client(port_);
  const auto answer = client.ask(kAsk);
  EXPECT_FALSE(answer.whole);
  EXPECT_TRUE(client.waitClosed());
}

TEST_F(StreamTest, ALengthIsSentAndTheConnectionGoesOn) {
  length_ = 6;
  serve([](BodyWriter& out) {
    EXPECT_TRUE(out.write("abc"));
    EXPECT_TRUE(out.write(""));
    EXPECT_TRUE(out.write("def"));
  });
  RawClient client(port_);
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.ask(kAsk);
    EXPECT_EQ(answer.header("content-length"), "6");
    EXPECT_EQ(answer.header("transfer-encoding"), "");
    EXPECT_EQ(answer.body, "abcdef");
  }
}

TEST_F(StreamTest, LessOrMoreThanTheLengthClosesTheConnection) {
  length_ = 6;
  Guarded<std::string> text("abc");
  serve([&](BodyWriter& out) {
    const auto written = text.with([](const std::string& now) { return now; });
    EXPECT_EQ(out.write(written), written.size() <= 6);
  });
  for (const char* next : {"", "abc", "abcdefg"}) {
    text.with([&](std::string& now) { now = next; });
    RawClient client(port_);
    EXPECT_FALSE(client.ask(kAsk).whole) << next;
    EXPECT_TRUE(client.waitClosed());
    EXPECT_LT(client.received().size(), 6U);
  }
}

TEST_F(StreamTest, HeadOfAStreamWithALengthTellsIt) {
  length_ = 1'000'000'000'000;
  std::atomic<bool> ran = false;
  serve([&](BodyWriter&) { ran = true; });
  RawClient client(port_);
  const std::string head = "HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(client.ask(head, true).header("content-length"), "1000000000000");
  EXPECT_EQ(client.ask(head, true).status, 200);
  EXPECT_FALSE(ran);
}

TEST_F(StreamTest, ToHttp10TheEndOfTheConnectionIsTheEnd) {
  serve([](BodyWriter& out) {
    out.write("one\n");
    out.write("two\n");
  });
  RawClient client(port_);
  client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(client.waitClosed());
  EXPECT_TRUE(client.received().ends_with("Connection: close\r\n\r\none\ntwo\n"));
}

TEST_F(StreamTest, AWriterThatOnlyWaitsNoticesThatItsClientIsGone) {
  Said<bool> waited, ended;
  serve([&](BodyWriter& out) {
    EXPECT_FALSE(out.waitClosed(milliseconds(1)));
    waited.say(true);
    ended.say(out.waitClosed(seconds(60)));
  });
  RawClient client(port_);
  client.send(kAsk);
  EXPECT_TRUE(client.waitFor("\r\n\r\n"));  // the head comes before there is anything to say
  EXPECT_TRUE(waited.wait([](bool is) { return is; }));
  client.hangUp();
  EXPECT_TRUE(ended.wait([](bool is) { return is; }));
}

TEST_F(StreamTest, ADownloadOfAnySizeTakesBoundedMemory) {
  length_ = kLong ? 1ULL << 30 : 128ULL << 20;
  serve([this](BodyWriter& out) {
    const std::string piece(256 << 10, 'x');
    for (std::uint64_t sent = 0; sent < *length_ && out.write(piece);) sent += piece.size();
  });
  RawClient client(port_);
  const PeakMemory memory;
  client.send(kAsk);
  EXPECT_TRUE(client.waitFor("\r\n\r\n"));
  EXPECT_GE(client.discard(*length_), *length_);
  EXPECT_LT(memory.grown(), 32 << 20);
}

TEST_F(StreamTest, HeadDoesNotRunTheStream) {
  std::atomic<bool> ran = false;
  serve([&](BodyWriter&) { ran = true; });
  RawClient client(port_);
  EXPECT_EQ(client.ask("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n", true).status, 200);
  server_.stop();
  EXPECT_FALSE(ran);
}

TEST_F(StreamTest, HundredsOfStreamsRunAtOnceAndDoNotHoldUpOtherRequests) {
  constexpr int kStreams = 300;
  Said<bool> go;
  router_.addPath("GET", "/quick", [](Request&) { return Response::text(200, "quick"); });
  serve([&](BodyWriter& out) {
    out.write("ready\n");
    go.wait([](bool is) { return is; });
    out.write("done\n");
  });
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < kStreams; ++i) {
    clients.push_back(std::make_unique<RawClient>(port_));
    clients.back()->send(kAsk);
  }
  for (auto& client : clients) ASSERT_TRUE(client->waitFor("ready\n"));
  EXPECT_EQ(RawClient(port_).ask("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n").body, "quick");
  go.say(true);
  for (auto& client : clients) ASSERT_EQ(client->answer().body, "ready\ndone\n");
}

TEST_F(StreamTest, StopEndsStreamsSlowClientsIdleConnectionsAndHalfRequestsInTime) {
  router_.addPath("PUT", "/upload", [](Request& request) {
    while (true) {
      auto piece = request.stream->read(1000);
      if (!piece.ok()) return Response::text(400, piece.error().message);
      if (piece->empty()) return Response::text(200, "whole");
    }
  });
  serve([](BodyWriter& out) {
    out.write("ready\n");
    while (out.write(std::string(100'000, 'x'))) {
    }
    while (!out.waitClosed(seconds(600))) {
    }
  });
  RawClient slow(port_), idle(port_), half(port_), upload(port_), call(port_);
  slow.send(kAsk);
  EXPECT_TRUE(slow.waitFor("ready\n"));
  EXPECT_EQ(idle.ask("GET /none HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
  half.send("GET /str");
  upload.send("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  call.send("POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: A.B\r\nContent-Length: 100\r\n\r\nabc");
  const auto before = std::chrono::steady_clock::now();
  server_.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(60));
  for (RawClient* client : {&slow, &idle, &half, &upload, &call}) EXPECT_TRUE(client->waitClosed());
  EXPECT_FALSE(RawClient(port_).connected());
}

TEST_F(StreamTest, AnUploadThatBreaksOffIsAnErrorAndNotAnEnd) {
  Said<std::string> seen;
  router_.addPath("PUT", "/upload", [&](Request& request) {
    auto piece = request.stream->read(100);
    while (piece.ok() && !piece->empty()) piece = request.stream->read(100);
    seen.say(piece.ok() ? "end" : "error");
    return Response::text(200, "");
  });
  serve([](BodyWriter&) {});
  for (const char* request :
       {"PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
        "PUT /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "PUT /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"}) {
    seen.say("");
    RawClient(port_).send(request);
    EXPECT_TRUE(seen.wait([](const std::string& what) { return !what.empty(); }));
    EXPECT_EQ(seen.get(), "error") << request;
  }
}

}  // namespace
}  // namespace kiln::api
