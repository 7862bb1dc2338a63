#include "api/model/json_service.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace kiln::api {
namespace {

using nlohmann::json;

const CallContext kContext{{"000000000000", "us-east-1"}, "req-1", "anonymous"};

JsonService withListProjects(Operation operation) {
  Operations operations;
  operations.emplace("ListProjects", std::move(operation));
  return JsonService("codebuild", std::move(operations));
}

TEST(JsonService, KnowsItsTargetPrefix) {
  EXPECT_EQ(JsonService("codebuild", {}).targetPrefix(), "CodeBuild_20161006");
}

TEST(JsonService, AnswersWhatTheHandlerAnswersWithoutNulls) {
  const auto service = withListProjects([](const json& input, const CallContext& context) {
    EXPECT_EQ(input, (json{{"sortBy", "NAME"}}));
    EXPECT_EQ(context.requestId, "req-1");
    return json{{"projects", json::array()},
                {"nextToken", nullptr},
                {"deep", {{{"a", nullptr}, {"b", 1}}}}};
  });
  const auto answer = service.call("ListProjects", R"({"sortBy":"NAME"})", kContext);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.errorShape, "");
  EXPECT_EQ(answer.body, R"({"deep":[{"b":1}],"projects":[]})");
}

TEST(JsonService, AHandlersErrorIsAnsweredInItsShape) {
  const auto service = withListProjects([](const json&, const CallContext&) {
    return ServiceError{"ResourceNotFoundException", "no \"p\"", 400};
  });
  const auto answer = service.call("ListProjects", "{}", kContext);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.errorShape, "ResourceNotFoundException");
  EXPECT_EQ(answer.body, R"({"__type":"ResourceNotFoundException","message":"no \"p\""})");
}

TEST(JsonService, UnknownOperationComesBeforeABadBody) {
  const JsonService service("codebuild", {});
  const auto answer = service.call("MakeCoffee", "{", kContext);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.errorShape, "UnknownOperationException");
}

TEST(JsonService, AMissingHandlerIsToldAfterValidation) {
  const JsonService service("codebuild", {});
  EXPECT_EQ(service.call("CreateFleet", "{", kContext).errorShape, "SerializationException");
  EXPECT_EQ(service.call("CreateFleet", "{}", kContext).errorShape, "InvalidInputException");
  const auto answer = service.call("ListFleets", "{}", kContext);
  EXPECT_EQ(answer.status, 501);
  EXPECT_EQ(
      answer.body,
      R"({"__type":"NotImplementedException","message":"ListFleets is not implemented by Kiln yet"})");
}

TEST(JsonService, AThrowingHandlerIsAnInternalFailureThatTellsNothing) {
  const auto service =
      withListProjects([](const json&, const CallContext&) -> Result<json, ServiceError> {
        throw std::runtime_error("/secret/path");
      });
  const auto answer = service.call("ListProjects", "{}", kContext);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.errorShape, "InternalFailure");
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
}

TEST(JsonService, BytesThatAreNotUtf8AreReplacedInTheAnswer) {
  const auto service = withListProjects([](const json&, const CallContext&) {
    return json{{"x", "a\xFFz"}};
  });
  const auto answer = service.call("ListProjects", "{}", kContext);
  EXPECT_EQ(answer.body, "{\"x\":\"a\xEF\xBF\xBDz\"}");
}

TEST(JsonServiceDeathTest, RefusesAHandlerForAnOperationThatTheTableLacks) {
  Operations operations;
  operations.emplace("MakeCoffee", [](const json&, const CallContext&) { return json::object(); });
  EXPECT_DEATH(JsonService("codebuild", std::move(operations)), "");
  EXPECT_DEATH(JsonService("teapot", {}), "");
}

TEST(FromError, PassingFaultsAre503AndOthers500WithoutTheDetail) {
  const auto busy = fromError({Code::kUnavailable, "cannot open /data/x"});
  EXPECT_EQ(busy.shape, "ServiceUnavailable");
  EXPECT_EQ(busy.httpStatus, 503);
  EXPECT_EQ(busy.message.find("/data"), std::string::npos);
  const auto broken = fromError({Code::kCorrupt, "bad record /data/x"});
  EXPECT_EQ(broken.shape, "InternalFailure");
  EXPECT_EQ(broken.httpStatus, 500);
  EXPECT_EQ(broken.message.find("/data"), std::string::npos);
  EXPECT_EQ(fromError({Code::kResourceExhausted, ""}).httpStatus, 503);
  EXPECT_EQ(fromError({Code::kUnimplemented, ""}).httpStatus, 501);
}

}  // namespace
}  // namespace kiln::api
