#include <gtest/gtest.h>

#include <random>

#include "api/http/server.h"
#include "tests/unit/http/raw_client.h"

namespace kiln::api {
namespace {

class GarbageTest : public testing::Test {
 protected:
  void SetUp() override {
    router_.addPath("GET", "/", [](Request& request) { return Response::text(200, request.path); });
    router_.addPath("POST", "/", [](Request&) { return Response::text(200, "posted"); });
    router_.addPath("POST", "/read", [](Request& request) {
      for (;;) {
        const auto piece = request.stream->read(10);
        if (!piece.ok())
          return Response::text(piece.error().code == Code::kInvalidArgument ? 400 : 500, "");
        if (piece->empty()) return Response::text(200, "");
      }
    });
    ASSERT_TRUE(server_.start("127.0.0.1", port_).ok());
  }

  void TearDown() override {
    EXPECT_EQ(RawClient(port_).ask("GET /alive HTTP/1.1\r\nHost: x\r\n\r\n").body, "/alive");
    server_.stop();
  }

  int statusOf(std::string_view request) { return RawClient(port_).ask(request).status; }

  const int port_ = freePort();
  Router router_;
  HttpServer server_{router_, "1", 2};
};

TEST_F(GarbageTest, MalformedRequestsAre400AndTheConnectionIsClosed) {
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  for (const std::string& request : {
           std::string("\r\n\r\n"),
           std::string("GET\r\n\r\n"),
           std::string("\x16\x03\x01\x02"),  // TLS; refused before a line has come
           std::string("GET / HTTP/1.1\n"),
           std::string("FOO{} / HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET /%4 HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET a HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET ftp://h/ HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("CONNECT h:1 HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET / HTTP/1.2\r\nHost: x\r\n\r\n"),
           std::string("GET / HTTP/2.0\r\nHost: x\r\n\r\n"),
           std::string("GET / http/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\n\r\n"),  // without a Host
           get + "Host: x\r\n\r\n",
           get + "nocolon\r\n\r\n",
           get + ": x\r\n\r\n",
           get + "A : x\r\n\r\n",
           get + "A: x\r\n folded\r\n\r\n",
           get + "A: x\r\n\tfolded\r\n\r\n",
           get + "A: x\n\r\n",
           get + "A: x\ry\r\n\r\n",
           get + "A: x" + std::string(1, '\0') + "\r\n\r\n",
           get + "A: \x01\r\n\r\n",
           post + "Content-Length: -1\r\n\r\nabc",
           post + "Content-Length: +1\r\n\r\nabc",
           post + "Content-Length: abc\r\n\r\nabc",
           post + "Content-Length: 1e3\r\n\r\nabc",
           post + "Content-Length: 0x3\r\n\r\nabc",
           post + "Content-Length: \r\n\r\nabc",
           post + "Content-Length: 3, 3\r\n\r\nabc",
           post + "Content-Length: 99999999999999999999999\r\n\r\nabc",
           post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
           post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
           post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           std::string("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
       }) {
    RawClient client(port_);
    client.send(request);
    const auto answer = client.answer();
    EXPECT_EQ(answer.status, 400) << request;
    EXPECT_EQ(answer.header("connection"), "close") << request;
    EXPECT_TRUE(client.waitClosed()) << request;
  }
}

TEST_F(GarbageTest, WhatIsNotUnderstoodIsSaidSo) {
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(statusOf(post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501);
  EXPECT_EQ(statusOf(post + "Transfer-Encoding: identity\r\n\r\n"), 501);
  EXPECT_EQ(statusOf(post + "Expect: tea\r\nContent-Length: 0\r\n\r\n"), 417);
}

TEST_F(GarbageTest, OddButPossibleRequestsAreAnswered) {
  const auto path = [this](const std::string& target) {
    return RawClient(port_).ask("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n").body;
  };
  EXPECT_EQ(path("/a%2Fb%20c"), "/a%2Fb%20c");
  EXPECT_EQ(path("/a//b/../c/./"), "/a//b/../c/./");
  EXPECT_EQ(path("/a|b{}^\"<>`\\"), "/a|b{}^\"<>`\\");
  EXPECT_EQ(path("/\xc3\xa4"), "/\xc3\xa4");
  EXPECT_EQ(path("/%ff%fe?a=%00"), "/%ff%fe");
  EXPECT_EQ(path("http://h:1/abs?x"), "/abs");
  EXPECT_EQ(path("HTTP://h:1"), "/");
  EXPECT_EQ(path("/?a?b"), "/");
  EXPECT_EQ(statusOf("PATCH / HTTP/1.1\r\nHost: x\r\n\r\n"), 405);
  EXPECT_EQ(statusOf("\r\nGET / HTTP/1.1\r\nHost:\r\n\r\n"), 200);
  EXPECT_EQ(statusOf("GET / HTTP/1.0\r\n\r\n"), 200);
}

TEST_F(GarbageTest, TooLongLinesAndHeadersAreToldApart) {
  const std::string tail = " HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(statusOf("GET /" + std::string((16 << 10) - 16, 'x') + tail), 200);
  EXPECT_EQ(statusOf("GET /" + std::string(16 << 10, 'x') + tail), 414);
  EXPECT_EQ(statusOf("GET /" + std::string(16 << 10, 'x')), 414);  // not waited for
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(statusOf(get + "A: " + std::string((64 << 10) - 64, 'x') + "\r\n\r\n"), 200);
  EXPECT_EQ(statusOf(get + "A: " + std::string(64 << 10, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(statusOf(get + "A: " + std::string(2'000'000, 'x')), 431);
  std::string many = get;
  for (int i = 0; i < 20'000; ++i) many += "h" + std::to_string(i) + ": x\r\n";
  EXPECT_EQ(statusOf(many + "\r\n"), 431);
}

TEST_F(GarbageTest, HalfRequestsAreSurvived) {
  const std::string whole =
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: a\r\nContent-Length: 5\r\n\r\nabcde";
  for (std::size_t size = 1; size < whole.size(); ++size)
    RawClient(port_).send(whole.substr(0, size));
  for (std::size_t size = 1; size < whole.size(); size += 7) {
    RawClient client(port_);
    client.send(whole.substr(0, size));
    client.send(whole.substr(size));
    EXPECT_EQ(client.answer().body, "posted");
  }
}

TEST_F(GarbageTest, BadChunksAreAnErrorOfTheReaderAndTheConnectionIsClosed) {
  for (const std::string& chunk :
       {std::string("zz"), std::string(), std::string("-5"), std::string("-1"), std::string("0x3"),
        std::string("10000000000000000"), std::string("3 "), std::string("3;=\x01"),
        std::string(100'000, '0') + "3", std::string("3\r\nabcd")}) {
    const std::string headers =
        "Host: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + "\r\nabc\r\n0\r\n\r\n";
    RawClient streamed(port_), whole(port_);
    EXPECT_EQ(streamed.ask("POST /read HTTP/1.1\r\n" + headers).status, 400) << chunk.substr(0, 20);
    EXPECT_TRUE(streamed.waitClosed());
    EXPECT_EQ(whole.ask("POST / HTTP/1.1\r\nX-Amz-Target: A.B\r\n" + headers).status, 400);
    EXPECT_TRUE(whole.waitClosed());
  }
}

TEST_F(GarbageTest, ABodyOfAnyAnnouncedSizeTakesNoMemoryBeforeItComes) {
  const std::string huge = "Content-Length: 18446744073709551615\r\n\r\nabc";
  EXPECT_EQ(statusOf("POST / HTTP/1.1\r\nHost: x\r\n" + huge), 200);
  EXPECT_EQ(statusOf("POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: A.B\r\n" + huge), 413);
  const std::string chunk = "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nabc";
  EXPECT_EQ(statusOf("POST / HTTP/1.1\r\nHost: x\r\n" + chunk), 200);
}

TEST_F(GarbageTest, RandomBytesAreSurvived) {
  std::mt19937 random(11);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = i % 3 == 0   ? ""
                        : i % 3 == 1 ? "POST / HTTP/1.1\r\nHost: x\r\n"
                                     : "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n";
    const auto size = random() % 500;
    for (std::size_t n = 0; n < size; ++n) bytes += static_cast<char>(random());
    RawClient(port_).send(bytes + "\r\n\r\n");
  }
}

}  // namespace
}  // namespace kiln::api
