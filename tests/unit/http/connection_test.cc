#include <gtest/gtest.h>

#include <thread>

#include "api/http/server.h"
#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/said.h"

namespace kiln::api {
namespace {

constexpr std::string_view kPing = "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n";

class ConnectionTest : public testing::Test {
 protected:
  void serve(const HttpLimits& limits) {
    router_.addPath("GET", "/ping",
                    [](Request& request) { return Response::text(200, request.remoteAddress); });
    router_.addPath("GET", "/wait", [this](Request&) {
      entered_.say(true);
      go_.wait([](bool is) { return is; });
      return Response::text(200, "done");
    });
    router_.addPath("GET", "/big",
                    [](Request&) { return Response::text(200, std::string(64 << 20, 'x')); });
    router_.addPath("GET", "/download", [this](Request&) {
      Response response;
      response.length = 1ULL << 40;
      response.stream = [this](BodyWriter& out) {
        while (out.write(std::string(1 << 20, 'x'))) {
        }
        entered_.say(true);
      };
      return response;
    });
    router_.addPath("GET", "/status", [](Request& request) {
      return Response{std::atoi(std::string(request.parameter("n")).c_str()), {}, "text"};
    });
    router_.addPath("PUT", "/upload", [this](Request& request) {
      auto piece = request.stream->read(100);
      while (piece.ok() && !piece->empty()) piece = request.stream->read(100);
      error_.say(piece.ok() ? Code::kInternal : piece.error().code);
      return Response::text(400, "");
    });
    router_.setFallback([](Request& request) {
      return Response{200, {{"x-amz-request-id", "own"}}, request.path + "?" + request.rawQuery};
    });
    server_ = std::make_unique<HttpServer>(router_, "1", 1, limits);
    ASSERT_TRUE(server_->start("127.0.0.1", port_).ok());
  }

  const int port_ = freePort();
  Said<bool> entered_, go_;
  Said<Code> error_;
  Router router_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(ConnectionTest, BeyondTheMostTheOneThatIsIdleLongestMakesRoom) {
  serve({});
  // An answer may come before its connection counts as idle: most rounds, not each.
  int rounds = 0;
  for (int i = 0; i < 5; ++i) {
    HttpServer server(router_, "1", 1, {.connections = 3});
    const int port = freePort();
    ASSERT_TRUE(server.start("127.0.0.1", port).ok());
    RawClient first(port), second(port), busy(port);
    EXPECT_EQ(first.ask(kPing).status, 200);
    EXPECT_EQ(second.ask(kPing).status, 200);
    entered_.say(false);
    go_.say(false);
    busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(entered_.wait([](bool is) { return is; }));
    EXPECT_EQ(first.ask(kPing).status, 200);
    RawClient third(port);  // now the second is idle longest
    const bool room = third.ask(kPing).status == 200 && first.ask(kPing).status == 200;
    rounds += room && second.waitClosed() ? 1 : 0;
    go_.say(true);
    EXPECT_EQ(busy.answer().body, "done");
  }
  EXPECT_GT(rounds, 2);
}

TEST_F(ConnectionTest, WhenNoneIsIdleTheNewOneIsTurnedAwayUntilThereIsRoom) {
  serve({.connections = 1});
  RawClient busy(port_);
  busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(entered_.wait([](bool is) { return is; }));
  RawClient late(port_);
  const auto refused = late.answer();
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(late.waitClosed());
  go_.say(true);
  EXPECT_EQ(busy.answer().body, "done");
  EXPECT_EQ(busy.ask(kPing).status, 200);
}

TEST_F(ConnectionTest, AnIdleConnectionIsClosedWithoutAWord) {
  serve({.idle = Millis(50)});
  RawClient silent(port_);
  EXPECT_TRUE(silent.waitClosed());
  EXPECT_EQ(silent.received(), "");
  // One that asks too late, as the machine is busy, is idle too.
  int status = 0;
  for (int tries = 0; status == 0 && tries < 100; ++tries) {
    RawClient used(port_);
    status = used.ask(kPing).status;
    EXPECT_TRUE(used.waitClosed());
    EXPECT_EQ(used.received(), "");
  }
  EXPECT_EQ(status, 200);
}

TEST_F(ConnectionTest, HeadersThatComeSlowlyAre408HoweverSteadily) {
  serve({.headTime = Millis(200)});
  RawClient client(port_);
  client.send("GET /ping HTTP/1.1\r\nHost: x\r\n");
  for (int i = 0; i < 1000 && client.received().empty(); ++i) {
    client.send("a: b\r\n");
    client.receive(10);
  }
  EXPECT_EQ(client.answer().status, 408);
  EXPECT_TRUE(client.waitClosed());
}

TEST_F(ConnectionTest, ABodyThatFallsSilentIsAnError) {
  serve({.silence = Millis(50), .linger = Millis(50)});
  RawClient upload(port_), call(port_);
  upload.send("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(upload.answer().status, 400);
  EXPECT_EQ(error_.get(), Code::kDeadlineExceeded);
  EXPECT_TRUE(upload.waitClosed());
  EXPECT_EQ(call.ask("POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: A.B\r\n"
                     "Content-Length: 10\r\n\r\n{")
                .status,
            408);
  EXPECT_TRUE(call.waitClosed());
}

TEST_F(ConnectionTest, AClientThatDoesNotTakeItsDownloadIsLeft) {
  serve({.silence = Millis(100)});
  RawClient client(port_);
  client.send("GET /download HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(entered_.wait([](bool is) { return is; }));  // the writer was told
  EXPECT_FALSE(client.answer().whole);
}

TEST_F(ConnectionTest, AClientThatHasClosedItsSideIsAnswered) {
  serve({});
  RawClient client(port_);
  client.send(kPing);
  client.endSending();
  EXPECT_EQ(client.answer().body, "127.0.0.1");
  EXPECT_TRUE(client.waitClosed());
}

TEST_F(ConnectionTest, Http10IsClosedUnlessItAsksToBeKept) {
  serve({});
  RawClient plain(port_), kept(port_);
  EXPECT_EQ(plain.ask("GET /ping HTTP/1.0\r\n\r\n").header("connection"), "close");
  EXPECT_TRUE(plain.waitClosed());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(kept.ask("GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("connection"),
              "keep-alive");
  }
}

TEST_F(ConnectionTest, StatusesWithoutABodySendNone) {
  serve({});
  RawClient client(port_);
  for (const char* status : {"204", "304"}) {
    const auto answer =
        client.ask(std::string("GET /status?n=") + status + " HTTP/1.1\r\nHost: x\r\n\r\n", true);
    EXPECT_EQ(std::to_string(answer.status), status);
    EXPECT_EQ(answer.header("content-length"), "");
  }
  EXPECT_EQ(client.ask(kPing).body, "127.0.0.1");
  EXPECT_EQ(client.ask("GET /status?n=299 HTTP/1.1\r\nHost: x\r\n\r\n").body, "text");
}

TEST_F(ConnectionTest, TheFallbackSeesTheTargetAsItCameAndGivesItsOwnRequestId) {
  serve({});
  RawClient client(port_);
  const auto answer = client.ask("GET /b%2f/%20+k?x=%2F&&y= HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.body, "/b%2f/%20+k?x=%2F&&y=");
  EXPECT_EQ(answer.header("x-amz-request-id"), "own");
  EXPECT_EQ(answer.header("x-amzn-requestid"), "");
}

TEST_F(ConnectionTest, IPv6AndNamesAreListenedOn) {
  serve({});
  const auto v6 = server_->listenAlso("::1");
  if (!v6.ok()) GTEST_SKIP() << v6.error().message;
  RawClient client(port_, "::1");
  EXPECT_EQ(client.ask(kPing).body, "::1");
  EXPECT_TRUE(server_->listenAlso("localhost").ok());  // all of it is listened on already
  const auto absent = server_->listenAlso("no.such.name.invalid");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code, Code::kUnavailable);
}

TEST_F(ConnectionTest, StopLetsAnAnswerThatIsUnderWayArriveAndWaitsForNoClient) {
  serve({.stopGrace = Millis(200)});
  RawClient busy(port_), unread(port_), silent(port_);
  busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(entered_.wait([](bool is) { return is; }));
  unread.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(unread.waitFor("xxxx"));
  std::thread stopping([this] { server_->stop(); });
  EXPECT_TRUE(silent.waitClosed());
  go_.say(true);
  stopping.join();
  const auto answer = busy.answer();
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_FALSE(unread.answer().whole);
  EXPECT_FALSE(RawClient(port_).connected());
  EXPECT_FALSE(server_->listenAlso("127.0.0.2").ok());
}

}  // namespace
}  // namespace kiln::api
