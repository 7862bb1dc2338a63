#include "api/model/validator.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/model/tables.h"

namespace kiln::api {
namespace {

using nlohmann::json;

const ServiceModel& codebuild() {
  static const ServiceModel kModel = ServiceModel::load(*findTable("codebuild"));
  return kModel;
}

Result<json, ServiceError> input(const char* operation, const std::string& body) {
  return validInput(*codebuild().findOperation(operation), body);
}

std::string problem(const char* operation, const std::string& body) {
  auto result = input(operation, body);
  return result.ok() ? "valid" : result.error().shape + ": " + result.error().message;
}

// A one-operation service made for a test: the operation is "Op", its input the shape "In".
class Toy {
 public:
  explicit Toy(const json& shapes, const json& errors = json::array())
      : model_(ServiceModel::load(json{
            {"targetPrefix", "Toy"},
            {"operations", {{"Op", {{"input", "In"}, {"errors", errors}}}}},
            {"shapes", shapes}}.dump())) {}

  std::string problem(const std::string& body) const {
    auto result = validInput(*model_.findOperation("Op"), body);
    return result.ok() ? "valid" : result.error().shape + ": " + result.error().message;
  }

 private:
  ServiceModel model_;
};

json inputWith(const char* member, json shape) {
  return {{"In", {{"type", "structure"}, {"members", {{member, "T"}}}}}, {"T", std::move(shape)}};
}

json validProject() {
  return {{"name", "demo"},
          {"source", {{"type", "NO_SOURCE"}, {"buildspec", "version: 0.2"}}},
          {"artifacts", {{"type", "NO_ARTIFACTS"}}},
          {"environment",
           {{"type", "LINUX_CONTAINER"}, {"image", "i"}, {"computeType", "BUILD_GENERAL1_SMALL"}}},
          {"serviceRole", "arn:aws:iam::000000000000:role/r"}};
}

TEST(ValidInput, ARightProjectPassesAsItIs) {
  auto result = input("CreateProject", validProject().dump());
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(*result, validProject());
}

TEST(ValidInput, WhatTheModelLacksAndNullsAreDropped) {
  json body = validProject();
  body["description"] = nullptr;
  body["newMember"] = {{"x", 1}};
  body["environment"]["other"] = true;
  auto result = input("CreateProject", body.dump());
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, validProject());
}

TEST(ValidInput, EmptyBodyIsAnEmptyStructure) {
  EXPECT_EQ(problem("ListProjects", ""), "valid");
  EXPECT_EQ(problem("ListProjects", " \n"), "valid");
  EXPECT_EQ(
      problem("BatchGetBuilds", ""),
      "InvalidInputException: 1 validation error detected: Value null at 'ids' failed to satisfy "
      "constraint: Member must not be null");
}

TEST(ValidInput, UnknownEnumValueTellsTheSetAndThePath) {
  json body = validProject();
  body["environment"]["type"] = "X";
  EXPECT_EQ(
      problem("CreateProject", body.dump()),
      "InvalidInputException: 1 validation error detected: Value 'X' at 'environment.type' failed "
      "to "
      "satisfy constraint: Member must satisfy enum value set: [WINDOWS_CONTAINER, "
      "LINUX_CONTAINER, "
      "LINUX_GPU_CONTAINER, ARM_CONTAINER, WINDOWS_SERVER_2019_CONTAINER, "
      "WINDOWS_SERVER_2022_CONTAINER, LINUX_LAMBDA_CONTAINER, ARM_LAMBDA_CONTAINER, LINUX_EC2, "
      "ARM_EC2, WINDOWS_EC2, MAC_ARM]");
}

TEST(ValidInput, AllViolationsAreToldTogether) {
  EXPECT_EQ(
      problem("StartBuild", R"({"timeoutInMinutesOverride":4,"gitCloneDepthOverride":-1})"),
      "InvalidInputException: 3 validation errors detected: Value '-1' at 'gitCloneDepthOverride' "
      "failed to satisfy constraint: Member must have value greater than or equal to 0; Value null "
      "at "
      "'projectName' failed to satisfy constraint: Member must not be null; Value '4' at "
      "'timeoutInMinutesOverride' failed to satisfy constraint: Member must have value greater "
      "than "
      "or equal to 5");
}

TEST(ValidInput, ListElementsAreCountedFromOne) {
  EXPECT_EQ(problem("BatchGetBuilds", R"({"ids":["a:b",""]})"),
            "InvalidInputException: 1 validation error detected: Value '' at 'ids.2.member' failed "
            "to satisfy "
            "constraint: Member must have length greater than or equal to 1");
  EXPECT_EQ(
      problem("BatchGetBuilds", R"({"ids":[null]})"),
      "InvalidInputException: 1 validation error detected: Value null at 'ids.1.member' failed to "
      "satisfy constraint: Member must not be null");
}

TEST(ValidInput, ListLengthIsBounded) {
  EXPECT_EQ(
      problem("BatchGetBuilds", R"({"ids":[]})"),
      "InvalidInputException: 1 validation error detected: Value '[]' at 'ids' failed to satisfy "
      "constraint: Member must have length greater than or equal to 1");
  const json hundredAndOne{{"ids", json(std::vector<std::string>(101, "p:x"))}};
  EXPECT_NE(problem("BatchGetBuilds", hundredAndOne.dump()).find("less than or equal to 100"),
            std::string::npos);
  const json hundred{{"ids", json(std::vector<std::string>(100, "p:x"))}};
  EXPECT_EQ(problem("BatchGetBuilds", hundred.dump()), "valid");
}

TEST(ValidInput, MissingMembersOfNestedStructuresAreNamedByPath) {
  EXPECT_EQ(
      problem("StartBuild", R"({"projectName":"p","environmentVariablesOverride":[{"name":"A"}]})"),
      "InvalidInputException: 1 validation error detected: Value null at "
      "'environmentVariablesOverride.1.member.value' failed to satisfy constraint: Member must not "
      "be null");
}

TEST(ValidInput, ProjectNameHasItsOwnText) {
  json body = validProject();
  body["name"] = "no spaces!";
  EXPECT_EQ(
      problem("CreateProject", body.dump()),
      "InvalidInputException: Only alphanumeric characters, dash, and underscore are supported");
}

TEST(ValidInput, LengthsCountCodePoints) {
  json body = validProject();
  std::string text;
  for (int i = 0; i < 255; ++i) text += "\xF0\x9F\x94\xA5";
  body["description"] = text;
  EXPECT_EQ(problem("CreateProject", body.dump()), "valid");
  body["description"] = text + "x";
  EXPECT_NE(problem("CreateProject", body.dump()).find("less than or equal to 255"),
            std::string::npos);
}

TEST(ValidInput, TagPatternKnowsUnicodeClasses) {
  json body = validProject();
  body["tags"] = {{{"key", "équipe ключ"}, {"value", "a+b=c@d"}}};
  EXPECT_EQ(problem("CreateProject", body.dump()), "valid");
  body["tags"][0]["key"] = "a#b";
  EXPECT_NE(problem("CreateProject", body.dump()).find("'a#b' at 'tags.1.member.key'"),
            std::string::npos);
}

TEST(ValidInput, SensitiveValuesAreNeverShown) {
  const std::string text =
      problem("ImportSourceCredentials",
              R"({"token":"","username":"s3cret","serverType":"NOPE","authType":"OAUTH"})");
  EXPECT_EQ(text.find("s3cret"), std::string::npos);
  EXPECT_NE(text.find("Value at 'token' failed"), std::string::npos) << text;

  json shapes = inputWith(
      "m", {{"type", "map"}, {"key", "K"}, {"value", "V"}, {"sensitive", true}, {"max", 0}});
  shapes["K"] = {{"type", "string"}};
  shapes["V"] = {{"type", "string"}, {"min", 20}};
  Toy toy(shapes);
  const std::string nested = toy.problem(R"({"m":{"k":"s3cret"}})");
  EXPECT_EQ(nested.find("s3cret"), std::string::npos) << nested;
  EXPECT_NE(nested.find("2 validation errors"), std::string::npos) << nested;
}

TEST(ValidInput, LongValuesAreCutAtACharacter) {
  std::string name(1023, 'a');
  for (int i = 0; i < 4000; ++i) name += "é";
  const std::string text = problem("BatchGetProjects", json{{"names", {name}}}.dump());
  EXPECT_EQ(text, "valid");  // a name of any length is only looked up
  json body = validProject();
  body["description"] = name;
  const std::string told = problem("CreateProject", body.dump());
  EXPECT_LT(told.size(), 1400U);
  EXPECT_NO_THROW((void)json(told).dump());
}

TEST(ValidInput, GeneralErrorIsValidationExceptionWhereTheOperationHasNoOther) {
  Toy toy(inputWith("n", {{"type", "integer"}, {"max", 3}}));
  EXPECT_EQ(toy.problem(R"({"n":4})"),
            "ValidationException: 1 validation error detected: Value '4' at 'n' failed to satisfy "
            "constraint: "
            "Member must have value less than or equal to 3");
}

TEST(ValidInput, MapKeysAndValuesAreChecked) {
  json shapes = inputWith("m", {{"type", "map"}, {"key", "K"}, {"value", "V"}, {"max", 1}});
  shapes["K"] = {{"type", "string"}, {"pattern", "[a-z]+"}};
  shapes["V"] = {{"type", "double"}, {"max", 0.5}};
  Toy toy(shapes);
  EXPECT_EQ(toy.problem(R"({"m":{"a":0.5,"gone":null}})"), "valid");
  const std::string text = toy.problem(R"({"m":{"B":0.75,"c":0}})");
  EXPECT_NE(text.find("3 validation errors detected"), std::string::npos) << text;
  EXPECT_NE(text.find("Value 'B' at 'm.B.key'"), std::string::npos) << text;
  EXPECT_NE(
      text.find("Value '0.75' at 'm.B.member' failed to satisfy constraint: Member must have value "
                "less than or equal to 0.5"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("Value '{B=0.75, c=0}' at 'm'"), std::string::npos) << text;
}

}  // namespace
}  // namespace kiln::api
