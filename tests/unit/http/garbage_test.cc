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
    ASSERT_TRUE(server_.start("127.0.0.1", port_).ok());
  }

  void TearDown() override {
    EXPECT_EQ(RawClient(port_).ask("GET /alive HTTP/1.1\r\n\r\n").body, "/alive");
    server_.stop();
  }

  int statusOf(std::string_view request) { return RawClient(port_).ask(request).status; }

  const int port_ = freePort();
  Router router_;
  HttpServer server_{router_, "1", 2};
};

TEST_F(GarbageTest, BadRequestLinesAndHeadersAre400) {
  for (const char* request : {"\r\n\r\n", "GET\r\n\r\n", "FOO{} / HTTP/1.1\r\n\r\n",
                              "GET /a b HTTP/1.1\r\n\r\n", "GET /a|b HTTP/1.1\r\n\r\n",
                              "GET /%zz HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nnocolon\r\n\r\n",
                              "GET / HTTP/1.1\r\n: x\r\n\r\n", "G\x01T / HTTP/1.1\r\n\r\n"}) {
    EXPECT_EQ(statusOf(request), 400) << request;
  }
}

TEST_F(GarbageTest, OddButPossibleRequestsAreAnswered) {
  EXPECT_EQ(RawClient(port_).ask("GET /a%2Fb%20c HTTP/1.1\r\n\r\n").body, "/a%2Fb%20c");
  EXPECT_EQ(statusOf("GET http://h:1/abs HTTP/1.1\r\n\r\n"), 200);
  EXPECT_EQ(statusOf("GET /%ff%fe HTTP/1.1\r\n\r\n"), 200);
  EXPECT_EQ(statusOf("PATCH / HTTP/1.1\r\n\r\n"), 405);
  EXPECT_EQ(statusOf("GET / HTTP/1.0\r\n\r\n"), 200);
}

TEST_F(GarbageTest, HugeHeadersAreSurvived) {
  EXPECT_NE(statusOf("GET / HTTP/1.1\r\nA: " + std::string(2'000'000, 'x') + "\r\n\r\n"), 0);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 20'000; ++i) many += "h" + std::to_string(i) + ": x\r\n";
  EXPECT_NE(statusOf(many + "\r\n"), 0);
}

TEST_F(GarbageTest, HalfRequestsAreSurvived) {
  const std::string whole = "POST / HTTP/1.1\r\nContent-Type: a\r\nContent-Length: 5\r\n\r\nabcde";
  for (std::size_t size = 1; size < whole.size(); ++size)
    RawClient(port_).send(whole.substr(0, size));
  for (std::size_t size = 1; size < whole.size(); size += 7) {
    RawClient client(port_);
    client.send(whole.substr(0, size));
    client.send(whole.substr(size));
    EXPECT_EQ(client.answer().body, "posted");
  }
}

TEST_F(GarbageTest, ARequestSentAheadDoesNotDisturbTheOneBeforeIt) {
  RawClient client(port_);
  EXPECT_EQ(client.ask("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n").body, "/1");
}

// Those past the first row ask cpprestsdk for more memory than there is; sanitizers end a process that asks for so much.
constexpr const char* kBadChunkSizes[] = {
    "zz", "",   "5;x=y", "7FFFFFFF",         "80000000",
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    "-5", "-1", "-2",    "FFFFFFFFFFFFFFFF",
#endif
};

// cpprestsdk throws for "-1", on a thread where nobody catches it but io_threads, and never ends that connection.
// In a process of its own, because cpprestsdk cannot start again after it.
TEST(GarbageDeathTest, BadChunkSizesAreSurvivedAndDoNotHoldUpTheStop) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto survive = [] {
    Router router;
    router.addPath("GET", "/", [](Request&) { return Response::text(200, "alive"); });
    router.addPath("POST", "/", [](Request& request) {
      return Response::text(200, request.stream->read(10).ok() ? "" : "x");
    });
    const int port = freePort();
    HttpServer server(router, "1", 2);
    if (!server.start("127.0.0.1", port).ok()) _exit(1);
    const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n";
    for (const char* size : kBadChunkSizes) {
      RawClient(port).send(head + "\r\n" + size + "\r\nabc\r\n0\r\n\r\n");
      RawClient(port).send(head + "X-Amz-Target: A.B\r\n\r\n" + size + "\r\nabc\r\n0\r\n\r\n");
    }
    if (RawClient(port).ask("GET / HTTP/1.1\r\n\r\n").body != "alive") _exit(2);
    const auto before = std::chrono::steady_clock::now();
    server.stop();
    _exit(std::chrono::steady_clock::now() - before < std::chrono::seconds(2) ? 0 : 3);
  };
  EXPECT_EXIT(survive(), testing::ExitedWithCode(0), "");
}

TEST_F(GarbageTest, BadContentLengthsAreSurvived) {
  for (const char* length :
       {"-1", "abc", "99999999999999999999999", "1e3", "18446744073709551615"}) {
    RawClient(port_).send(std::string("POST / HTTP/1.1\r\nContent-Length: ") + length +
                          "\r\n\r\nabc");
    RawClient(port_).send(std::string("POST / HTTP/1.1\r\nX-Amz-Target: A.B\r\nContent-Length: ") +
                          length + "\r\n\r\nabc");
  }
}

TEST_F(GarbageTest, RandomBytesAreSurvived) {
  std::mt19937 random(11);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = i % 3 == 0   ? ""
                        : i % 3 == 1 ? "POST / HTTP/1.1\r\n"
                                     : "GET / HTTP/1.1\r\nContent-Length: 9\r\n\r\n";
    const auto size = random() % 500;
    for (std::size_t n = 0; n < size; ++n) bytes += static_cast<char>(random());
    RawClient(port_).send(bytes + "\r\n\r\n");
  }
}

}  // namespace
}  // namespace kiln::api
