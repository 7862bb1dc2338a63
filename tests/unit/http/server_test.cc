#include "api/http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "api/http/json_handler.h"
#include "tests/unit/http/raw_client.h"

namespace kiln::api {
namespace {

using nlohmann::json;

std::string listProjects(const std::string& body, const std::string& headers = "") {
  return "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: "
         "CodeBuild_20161006.ListProjects\r\nContent-Type: "
         "application/x-amz-json-1.1\r\n" +
         headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A server with one JSON service and some paths.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    router_.addTarget("CodeBuild_20161006", jsonHandler(service_));
    router_.addPath("GET", "/hello", [](Request& request) {
      return Response::text(200, "hello " + std::string(request.parameter("name")));
    });
    router_.addPath("GET", "/throws",
                    [](Request&) -> Response { throw std::runtime_error("boom"); });
    router_.addPath("PUT", "/upload", [](Request& request) {
      std::size_t size = 0;
      while (true) {
        auto piece = request.stream->read(65536);
        if (!piece.ok()) return Response::text(400, piece.error().message);
        if (piece->empty()) return Response::text(200, std::to_string(size));
        size += piece->size();
      }
    });
    router_.addPath("POST", "/ignore", [](Request&) { return Response::text(403, "no"); });
    router_.addPath("GET", "/split", [](Request&) {
      Response response = Response::text(200, "x");
      response.headers["x-value"] = "a\r\nInjected: b";
      return response;
    });
  }

  void SetUp() override {
    const auto started = server_.start("127.0.0.1", port_);
    ASSERT_TRUE(started.ok()) << started.error().message;
  }

  static Operations operations() {
    Operations out;
    out.emplace("ListProjects", [](const json& input, const CallContext& context) {
      return json{{"input", input},
                  {"region", context.scope.region},
                  {"account", context.scope.account},
                  {"principal", context.principal},
                  {"id", context.requestId}};
    });
    return out;
  }

  const int port_ = freePort();
  JsonService service_{"codebuild", operations()};
  Router router_;
  HttpServer server_{router_, "123456789012", 4};
};

TEST_F(ServerTest, AJsonCallIsAnsweredWithItsHeaders) {
  RawClient client(port_);
  const auto answer = client.ask(listProjects(R"({"sortBy":"NAME"})"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "application/x-amz-json-1.1");
  EXPECT_TRUE(answer.headers.at("date").ends_with(" GMT"));
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["input"], (json{{"sortBy", "NAME"}}));
  EXPECT_EQ(body["account"], "123456789012");
  EXPECT_EQ(body["region"], "us-east-1");
  EXPECT_EQ(body["principal"], "anonymous");
  EXPECT_EQ(body["id"], answer.headers.at("x-amzn-requestid"));
  EXPECT_TRUE(isUuid(body["id"].get<std::string>()));
}

TEST_F(ServerTest, TheSignaturesScopeIsTheRegion) {
  RawClient client(port_);
  const auto answer =
      client.ask(listProjects("{}",
                              "Authorization: AWS4-HMAC-SHA256 "
                              "Credential=AKIDEXAMPLE/20260101/eu-west-3/codebuild/aws4_request, "
                              "SignedHeaders=host, Signature=00\r\n"));
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["region"], "eu-west-3");
  EXPECT_EQ(body["principal"], "AKIDEXAMPLE");
}

TEST_F(ServerTest, ErrorsHaveTheServicesShape) {
  RawClient client(port_);
  const auto bad = client.ask(listProjects("{"));
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(bad.headers.at("x-amzn-errortype"), "SerializationException");
  EXPECT_EQ(json::parse(bad.body)["__type"], "SerializationException");
  const auto unknown = client.ask(
      "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Other_1.Do\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(json::parse(unknown.body)["__type"], "UnknownOperationException");
}

TEST_F(ServerTest, AConnectionIsKeptAndUsedAgain) {
  RawClient client(port_);
  for (int i = 0; i < 50; ++i) {
    const auto answer =
        client.ask("GET /hello?name=n" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_EQ(answer.status, 200);
    ASSERT_EQ(answer.body, "hello n" + std::to_string(i));
  }
}

TEST_F(ServerTest, ConnectionCloseIsHonoured) {
  RawClient client(port_);
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status, 200);
  EXPECT_TRUE(client.waitClosed());
}

TEST_F(ServerTest, AChunkedBodyIsPutTogether) {
  RawClient client(port_);
  const auto answer = client.ask(
      "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: "
      "CodeBuild_20161006.ListProjects\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "5\r\n{\"sor\r\nc\r\ntBy\":\"NAME\"}\r\n0\r\n\r\n");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json::parse(answer.body)["input"], (json{{"sortBy", "NAME"}}));
}

TEST_F(ServerTest, ATooLongJsonBodyIs413) {
  RawClient client(port_);
  const auto answer = client.ask(listProjects(std::string((12 << 20) + 1, ' ')));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(json::parse(answer.body)["__type"], "RequestEntityTooLargeException");
  EXPECT_EQ(client.ask(listProjects(std::string((12 << 20) - 2, ' ') + "{}")).status, 200);
}

TEST_F(ServerTest, HeadAnswersTheLengthWithoutTheBody) {
  RawClient client(port_);
  const auto answer = client.ask("HEAD /hello?name=abc HTTP/1.1\r\nHost: x\r\n\r\n", true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-length"), "9");
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").body, "hello ");
}

TEST_F(ServerTest, PathsThatNobodyHasAre404AndOtherMethods405) {
  RawClient client(port_);
  EXPECT_EQ(client.ask("GET /helloo HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
  const auto refused = client.ask("DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.at("allow"), "GET");
}

TEST_F(ServerTest, AThrowingHandlerIs500AndTheConnectionGoesOn) {
  RawClient client(port_);
  const auto answer = client.ask("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("boom"), std::string::npos);
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(ServerTest, AnUploadIsStreamed) {
  RawClient client(port_);
  const std::string body(20'000'001, 'x');
  const auto answer = client.ask("PUT /upload/a%20b HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                                 std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "20000001");
}

TEST_F(ServerTest, ABodyThatTheHandlerIgnoresIsReadAndTheConnectionGoesOn) {
  RawClient client(port_);
  const std::string body(3'000'000, 'x');
  const auto answer = client.ask("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                                 std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(ServerTest, AHeaderValueCannotAddAHeader) {
  RawClient client(port_);
  const auto answer = client.ask("GET /split HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.headers.at("x-value"), "a  Injected: b");
  EXPECT_FALSE(answer.headers.contains("injected"));
}

TEST_F(ServerTest, ListensOnAFurtherAddress) {
  ASSERT_TRUE(server_.listenAlso("127.0.0.2").ok());
  EXPECT_EQ(RawClient(port_, "127.0.0.2").ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status,
            200);
  EXPECT_EQ(RawClient(port_).ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(ServerTest, AnAddressInUseOrAbsentIsNamedWithTheReason) {
  const UsedPort taken;
  HttpServer second(router_, "1", 1);
  const auto used = second.start("127.0.0.1", taken.port());
  ASSERT_FALSE(used.ok());
  EXPECT_EQ(used.error().code, Code::kUnavailable);
  EXPECT_NE(used.error().message.find("127.0.0.1:" + std::to_string(taken.port())),
            std::string::npos);
  EXPECT_NE(used.error().message.find("in use"), std::string::npos) << used.error().message;
  const auto absent = server_.listenAlso("203.0.113.77");
  ASSERT_FALSE(absent.ok());
  EXPECT_NE(absent.error().message.find("Cannot assign"), std::string::npos)
      << absent.error().message;
  EXPECT_EQ(RawClient(port_).ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(ServerTest, TheSameAddressAgainChangesNothing) {
  EXPECT_TRUE(server_.listenAlso("127.0.0.1").ok());
  EXPECT_EQ(RawClient(port_).ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(ServerTest, ManyClientsAtOnceAreAllAnswered) {
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 32; ++i) {
    clients.emplace_back([&] {
      RawClient client(port_);
      for (int n = 0; n < 50; ++n) right += client.ask(listProjects("{}")).status == 200 ? 1 : 0;
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(right, 32 * 50);
}

}  // namespace
}  // namespace kiln::api
