#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/model/tables.h"
#include "api/model/validator.h"

namespace kiln::api {
namespace {

using nlohmann::json;

// Every type of a shape as a member of one input.
const OperationModel& everyType() {
  static const ServiceModel kModel = ServiceModel::load(R"({"targetPrefix":"Toy",
    "operations":{"Op":{"input":"In"},"Bare":{}},
    "shapes":{
      "In":{"type":"structure","members":{"text":"S","int":"I","long":"L","double":"D","float":"F","flag":"B",
        "time":"T","blob":"X","list":"List","map":"Map","in":"In"}},
      "S":{"type":"string"},"I":{"type":"integer"},"L":{"type":"long"},"D":{"type":"double"},"F":{"type":"float"},
      "B":{"type":"boolean"},"T":{"type":"timestamp"},"X":{"type":"blob","max":3},
      "List":{"type":"list","member":"S"},"Map":{"type":"map","key":"S","value":"I"}}})");
  return *kModel.findOperation("Op");
}

std::string problem(const std::string& body) {
  auto result = validInput(everyType(), body);
  return result.ok() ? "valid" : result.error().shape + ": " + result.error().message;
}

struct Row {
  const char* body;
  const char* answer;
};

class WrongType : public testing::TestWithParam<Row> {};

TEST_P(WrongType, IsASerializationExceptionWithThePath) {
  EXPECT_EQ(problem(GetParam().body), GetParam().answer);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, WrongType,
    testing::Values(
        Row{R"({"text":1})",
            "SerializationException: NUMBER_VALUE can not be converted to a String at 'text'"},
        Row{R"({"text":["a"]})",
            "SerializationException: List can not be converted to a String at 'text'"},
        Row{R"({"int":"5"})",
            "SerializationException: STRING_VALUE can not be converted to an Integer at 'int'"},
        Row{R"({"int":5.5})",
            "SerializationException: DECIMAL_VALUE can not be converted to an Integer at 'int'"},
        Row{R"({"int":2147483648})",
            "SerializationException: NUMBER_VALUE is out of the range of an Integer at 'int'"},
        Row{R"({"int":-2147483649})",
            "SerializationException: NUMBER_VALUE is out of the range of an Integer at 'int'"},
        Row{R"({"long":9223372036854775808})",
            "SerializationException: NUMBER_VALUE is out of the range of a Long at 'long'"},
        Row{R"({"long":99999999999999999999999})",
            "SerializationException: DECIMAL_VALUE can not be converted to a Long at 'long'"},
        Row{R"({"double":1e999})",
            "SerializationException: The request body holds a number that is out of range"},
        Row{R"({"double":true})",
            "SerializationException: TRUE_VALUE can not be converted to a Double at 'double'"},
        Row{R"({"flag":"true"})",
            "SerializationException: STRING_VALUE can not be converted to a Boolean at 'flag'"},
        Row{R"({"time":"2026-01-01"})",
            "SerializationException: STRING_VALUE can not be converted to a Timestamp at 'time'"},
        Row{R"({"blob":"a-b"})",
            "SerializationException: STRING_VALUE is not base64 and can not be converted to a Blob "
            "at 'blob'"},
        Row{R"({"list":{}})",
            "SerializationException: Structure or map can not be converted to a list at 'list'"},
        Row{R"({"list":["a",false]})",
            "SerializationException: FALSE_VALUE can not be converted to a String at "
            "'list.2.member'"},
        Row{R"({"map":{"k":"v"}})",
            "SerializationException: STRING_VALUE can not be converted to an Integer at "
            "'map.k.member'"},
        Row{R"({"in":{"in":{"text":{}}}})",
            "SerializationException: Structure or map can not be converted to a String at "
            "'in.in.text'"},
        Row{R"({"in":[]})",
            "SerializationException: List can not be converted to a structure at 'in'"},
        Row{R"([])", "SerializationException: The request body is not a JSON object"},
        Row{R"("x")", "SerializationException: The request body is not a JSON object"},
        Row{R"({"text":"s3cret)",
            "SerializationException: The request body is not valid JSON (at byte 16)"},
        Row{R"({"double":NaN})",
            "SerializationException: The request body is not valid JSON (at byte 11)"},
        Row{"{\"text\":\"\xFF\"}",
            "SerializationException: The request body is not valid JSON (at byte 10)"},
        Row{R"({"text":"\ud800"})",
            "SerializationException: The request body is not valid JSON (at byte 16)"}));

TEST(Conform, EveryTypeIsTakenAtItsLimits) {
  EXPECT_EQ(
      problem(
          R"({"text":"","int":-2147483648,"long":-9223372036854775808,"double":1e308,"float":1,"flag":false,
    "time":1556905683.568,"blob":"QUJD","list":[],"map":{"":2147483647},"in":{"long":9223372036854775807}})"),
      "valid");
}

TEST(Conform, BlobLengthIsThatOfItsBytes) {
  EXPECT_NE(problem(R"({"blob":"QUJDRA=="})").find("length less than or equal to 3"),
            std::string::npos);
}

TEST(Conform, TheLastOfEqualNamesWins) {
  auto result = validInput(everyType(), R"({"text":1,"text":"b"})");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ((*result)["text"], "b");
}

TEST(Conform, HugeNestingIsRefusedBeforeItIsParsed) {
  for (const char* open : {"[", "{\"in\":"}) {
    std::string body;
    for (int i = 0; i < 500'000; ++i) body += open;
    EXPECT_EQ(problem(body),
              "SerializationException: The request body is nested deeper than 100 levels");
  }
  EXPECT_EQ(problem(R"({"text":"[[[[\"[[[["})"), "valid");
}

TEST(Conform, ABodyOfManyMegabytesIsTaken) {
  EXPECT_EQ(problem(json{{"text", std::string(8 << 20, 'x')}}.dump()), "valid");
}

TEST(Conform, AnOperationWithoutInputTakesAnyObject) {
  const auto model =
      ServiceModel::load(R"({"targetPrefix":"T","operations":{"Bare":{}},"shapes":{}})");
  auto result = validInput(*model.findOperation("Bare"), R"({"x":1})");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, json::object());
}

TEST(Conform, EveryOperationOfTheTableRefusesAListAndTakesAnObjectOfUnknownMembers) {
  const auto model = ServiceModel::load(*findTable("codebuild"));
  EXPECT_EQ(model.operations().size(), 59U);
  for (const auto& [name, operation] : model.operations()) {
    EXPECT_FALSE(validInput(operation, "[]").ok()) << name;
    auto result = validInput(operation, R"({"nobodyKnows":[1]})");
    if (!result.ok()) {
      EXPECT_EQ(result.error().shape, "InvalidInputException") << name;
      continue;
    }
    EXPECT_EQ(*result, json::object()) << name;
  }
}

}  // namespace
}  // namespace kiln::api
