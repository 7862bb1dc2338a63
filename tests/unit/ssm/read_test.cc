#include "tests/unit/ssm/ssm_fixture.h"

namespace kiln::api::ssm {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST_F(SsmTest, AParameterIsFoundByNameVersionLabelAndArn) {
  put("/a/b", "one");
  overwrite("/a/b", "two");
  ok("LabelParameterVersion", {{"Name", "/a/b"}, {"ParameterVersion", 1}, {"Labels", {"prod"}}});
  put("bare", "three");
  const std::string arn = "arn:aws:ssm:eu-west-1:000000000000:parameter";
  EXPECT_EQ(get("/a/b").at("Value"), "two");
  EXPECT_EQ(get("/a/b:2").at("Value"), "two");
  EXPECT_EQ(get("/a/b:prod").at("Value"), "one");
  EXPECT_EQ(get(arn + "/a/b").at("Value"), "two");
  EXPECT_EQ(get(arn + "/a/b:1").at("Value"), "one");
  EXPECT_EQ(get(arn + "/bare").at("Value"), "three");
  EXPECT_EQ(refused("GetParameter", {{"Name", "/a/b:3"}}),
            "ParameterVersionNotFound: Systems Manager could not find version 3 of /a/b. Verify "
            "the version and try again.");
  for (const char* asked :
       {"/a", "/a/b:", "arn:aws:ssm:eu-west-2:000000000000:parameter/a/b", "bare/"})
    EXPECT_EQ(refused("GetParameter", {{"Name", asked}}),
              "ParameterNotFound: Parameter " + std::string(asked) + " not found.");
}

TEST_F(SsmTest, ParametersOfAnotherRegionAreNotSeen) {
  put("p", "here");
  scope_.region = "us-east-1";
  EXPECT_THAT(refused("GetParameter", {{"Name", "p"}}), StartsWith("ParameterNotFound"));
  EXPECT_TRUE(ok("DescribeParameters", json::object()).at("Parameters").empty());
}

TEST_F(SsmTest, GetParametersTellsApartWhatItDidNotFind) {
  put("a", "1");
  put("b", "2");
  const json got = ok("GetParameters", {{"Names", {"b", "none", "a", "a:7", "b"}}});
  EXPECT_THAT(names(got.at("Parameters")), ElementsAre("b", "a"));
  EXPECT_EQ(got.at("InvalidParameters"), json({"none", "a:7"}));
  EXPECT_THAT(refused("GetParameters", {{"Names", json::array()}}),
              StartsWith("ValidationException"));
}

TEST_F(SsmTest, ByPathOneLevelOrAllOfThemPageByPage) {
  for (const char* name : {"/p/a", "/p/b", "/p/q/c", "/p/q/r/d", "/pq", "/other/x", "bare"})
    put(name, "v");
  const auto list = [&](json input) {
    return names(ok("GetParametersByPath", input).at("Parameters"));
  };
  EXPECT_THAT(list({{"Path", "/p"}}), ElementsAre("/p/a", "/p/b"));
  EXPECT_THAT(list({{"Path", "/p/"}, {"Recursive", true}}),
              ElementsAre("/p/a", "/p/b", "/p/q/c", "/p/q/r/d"));
  EXPECT_THAT(list({{"Path", "/"}}), ElementsAre("/pq", "bare"));
  EXPECT_THAT(list({{"Path", "/none"}}), ElementsAre());
  json input = {{"Path", "/p"}, {"Recursive", true}, {"MaxResults", 3}};
  json page = ok("GetParametersByPath", input);
  EXPECT_EQ(page.at("Parameters").size(), 3U);
  input["NextToken"] = page.at("NextToken");
  page = ok("GetParametersByPath", input);
  EXPECT_THAT(names(page.at("Parameters")), ElementsAre("/p/q/r/d"));
  EXPECT_FALSE(page.contains("NextToken"));
  input["Path"] = "/other";
  EXPECT_EQ(refused("GetParametersByPath", input),
            "InvalidNextToken: The specified token isn't valid.");
  EXPECT_THAT(
      refused("GetParametersByPath", {{"Path", "p"}}),
      StartsWith(
          "ValidationException: The parameter doesn't meet the parameter name requirements."));
}

TEST_F(SsmTest, ByPathWithALabelShowsTheVersionThatHasIt) {
  put("/p/a", "old");
  overwrite("/p/a", "new");
  put("/p/b", "b");
  ok("LabelParameterVersion", {{"Name", "/p/a"}, {"ParameterVersion", 1}, {"Labels", {"prod"}}});
  const json got =
      ok("GetParametersByPath",
         {{"Path", "/p"}, {"ParameterFilters", {{{"Key", "Label"}, {"Values", {"prod"}}}}}});
  ASSERT_EQ(got.at("Parameters").size(), 1U);
  EXPECT_EQ(got.at("Parameters")[0].at("Value"), "old");
  EXPECT_THAT(
      refused("GetParametersByPath",
              {{"Path", "/p"}, {"ParameterFilters", {{{"Key", "Name"}, {"Values", {"x"}}}}}}),
      StartsWith("InvalidFilterKey: The following filter key is not valid: Name. Valid filter keys "
                 "include: [Type, KeyId, Label]."));
}

TEST_F(SsmTest, DescribeFiltersEachKeyAndOption) {
  put("/p/a", "v", {{"Tags", {{{"Key", "team"}, {"Value", "red"}}}}});
  put("/p/q/b", "v", {{"Type", "SecureString"}, {"KeyId", "alias/mine"}});
  put("bare", "v", {{"Type", "StringList"}, {"Tier", "Advanced"}});
  const auto list = [&](const char* key, const char* option, json values) {
    json filter = {{"Key", key}};
    if (*option != '\0') filter["Option"] = option;
    if (!values.empty()) filter["Values"] = values;
    return names(ok("DescribeParameters", {{"ParameterFilters", {filter}}}).at("Parameters"));
  };
  EXPECT_THAT(list("Name", "", {"p/a"}), ElementsAre("/p/a"));
  EXPECT_THAT(list("Name", "BeginsWith", {"/p", "ba"}), ElementsAre("/p/a", "/p/q/b", "bare"));
  EXPECT_THAT(list("Name", "Contains", {"q/"}), ElementsAre("/p/q/b"));
  EXPECT_THAT(list("Path", "", {"/p"}), ElementsAre("/p/a"));
  EXPECT_THAT(list("Path", "Recursive", {"/p"}), ElementsAre("/p/a", "/p/q/b"));
  EXPECT_THAT(list("Type", "Equals", {"SecureString", "StringList"}),
              ElementsAre("/p/q/b", "bare"));
  EXPECT_THAT(list("KeyId", "BeginsWith", {"alias/m"}), ElementsAre("/p/q/b"));
  EXPECT_THAT(list("Tier", "", {"Advanced"}), ElementsAre("bare"));
  EXPECT_THAT(list("DataType", "", {"text"}), ElementsAre("/p/a", "/p/q/b", "bare"));
  EXPECT_THAT(list("tag:team", "", {"red"}), ElementsAre("/p/a"));
  EXPECT_THAT(list("tag:team", "", json::array()), ElementsAre("/p/a"));
  EXPECT_THAT(list("tag:team", "", {"blue"}), ElementsAre());
  const json older = {{"Filters", {{{"Key", "Name"}, {"Values", {"/p"}}}}}};
  EXPECT_THAT(names(ok("DescribeParameters", older).at("Parameters")),
              ElementsAre("/p/a", "/p/q/b"));
}

TEST_F(SsmTest, FiltersThatAreRefused) {
  const struct {
    json filter;
    const char* text;
  } rows[] = {
      {{{"Key", "Label"}, {"Values", {"x"}}},
       "InvalidFilterKey: The following filter key is not valid: Label."},
      {{{"Key", "Name"}},
       "InvalidFilterValue: The following filter values are missing : null for filter key Name."},
      {{{"Key", "Type"}, {"Option", "Contains"}, {"Values", {"String"}}},
       "InvalidFilterOption: The following filter option is not valid: Contains. Valid options "
       "include: [Equals]."},
      {{{"Key", "Tier"}, {"Values", {"Big"}}},
       "InvalidFilterOption: The following filter value is not valid: Big. Valid values include: "
       "[Standard, Advanced, Intelligent-Tiering]."},
      {{{"Key", "Path"}, {"Values", {"p"}}}, "ValidationException: "},
      {{{"Key", "Nonsense"}, {"Values", {"p"}}}, "ValidationException: 1 validation error"},
  };
  for (const auto& row : rows)
    EXPECT_THAT(refused("DescribeParameters", {{"ParameterFilters", {row.filter}}}),
                StartsWith(row.text))
        << row.filter;
  const json name = {{"Key", "Name"}, {"Values", {"x"}}};
  EXPECT_THAT(
      refused("DescribeParameters", {{"ParameterFilters", {name, name}}}),
      StartsWith("InvalidFilterKey: The following filter is duplicated in the request: Name."));
  EXPECT_THAT(refused("DescribeParameters", {{"ParameterFilters", {name}}, {"Filters", {name}}}),
              StartsWith("ValidationException: "));
  EXPECT_THAT(refused("DescribeParameters", {{"NextToken", "x"}}),
              StartsWith("InvalidNextToken: "));
}

TEST_F(SsmTest, DescribePagesThroughAFilteredListWithoutGapsOrRepeats) {
  std::vector<std::string> expected;
  for (int i = 0; i < 450; ++i) {
    const std::string name = "p" + std::to_string(1000 + i);
    put(name, "v", {{"Type", i % 3 == 0 ? "StringList" : "String"}});
    if (i % 3 == 0) expected.push_back(name);
  }
  json input = {{"MaxResults", 7},
                {"ParameterFilters", {{{"Key", "Type"}, {"Values", {"StringList"}}}}}};
  std::vector<std::string> got;
  while (true) {
    const json page = ok("DescribeParameters", input);
    for (const auto& name : names(page.at("Parameters"))) got.push_back(name);
    if (!page.contains("NextToken")) break;
    input["NextToken"] = page.at("NextToken");
  }
  EXPECT_EQ(got, expected);
}

TEST_F(SsmTest, HistoryShowsEveryVersionWithItsLabelsPageByPage) {
  put("h", "hidden-1", {{"Type", "SecureString"}});
  overwrite("h", "hidden-2");
  overwrite("h", "hidden-3");
  ok("LabelParameterVersion", {{"Name", "h"}, {"Labels", {"live"}}});
  json input = {{"Name", "h"}, {"WithDecryption", true}, {"MaxResults", 2}};
  const json first = ok("GetParameterHistory", input);
  ASSERT_EQ(first.at("Parameters").size(), 2U);
  EXPECT_EQ(first.at("Parameters")[0].at("Value"), "hidden-1");
  EXPECT_EQ(first.at("Parameters")[0].at("Labels"), json::array());
  input["NextToken"] = first.at("NextToken");
  const json second = ok("GetParameterHistory", input);
  ASSERT_EQ(second.at("Parameters").size(), 1U);
  EXPECT_EQ(second.at("Parameters")[0].at("Value"), "hidden-3");
  EXPECT_EQ(second.at("Parameters")[0].at("Labels"), json({"live"}));
  EXPECT_FALSE(second.contains("NextToken"));
  EXPECT_EQ(ok("GetParameterHistory", {{"Name", "h"}}).dump().find("hidden"), std::string::npos);
}

TEST_F(SsmTest, LabelsMoveAndOddOnesAreToldApart) {
  put("p", "1");
  overwrite("p", "2");
  const json got =
      ok("LabelParameterVersion",
         {{"Name", "p"}, {"ParameterVersion", 1}, {"Labels", {"a", "1a", "aws-x", "ssm", "b c"}}});
  EXPECT_EQ(got, json({{"InvalidLabels", {"1a", "aws-x", "ssm", "b c"}}, {"ParameterVersion", 1}}));
  ok("LabelParameterVersion", {{"Name", "p"}, {"Labels", {"a"}}});
  EXPECT_EQ(get("p:a").at("Value"), "2");
  EXPECT_EQ(
      ok("UnlabelParameterVersion", {{"Name", "p"}, {"ParameterVersion", 1}, {"Labels", {"a"}}}),
      json({{"RemovedLabels", json::array()}, {"InvalidLabels", {"a"}}}));
  EXPECT_EQ(
      ok("UnlabelParameterVersion", {{"Name", "p"}, {"ParameterVersion", 2}, {"Labels", {"a"}}}),
      json({{"RemovedLabels", {"a"}}, {"InvalidLabels", json::array()}}));
  EXPECT_THAT(
      refused("LabelParameterVersion", {{"Name", "p"}, {"ParameterVersion", 9}, {"Labels", {"a"}}}),
      StartsWith("ParameterVersionNotFound: "));
  json ten = json::array();
  for (int i = 0; i < 10; ++i) ten.push_back("l" + std::to_string(i));
  ok("LabelParameterVersion", {{"Name", "p"}, {"Labels", ten}});
  EXPECT_THAT(
      refused("LabelParameterVersion", {{"Name", "p"}, {"Labels", {"more"}}}),
      StartsWith(
          "ParameterVersionLabelLimitExceeded: A parameter version can have maximum 10 labels."));
}

TEST_F(SsmTest, DeletedParametersAreGoneWithAllTheirVersions) {
  put("a", "1");
  overwrite("a", "2");
  put("b", "1");
  EXPECT_EQ(ok("DeleteParameters", {{"Names", {"a", "none"}}}),
            json({{"DeletedParameters", {"a"}}, {"InvalidParameters", {"none"}}}));
  EXPECT_EQ(ok("DeleteParameter", {{"Name", "b"}}), json::object());
  EXPECT_EQ(refused("DeleteParameter", {{"Name", "b"}}),
            "ParameterNotFound: Parameter b not found.");
  EXPECT_EQ(put("a", "again").at("Version"), 1);
  EXPECT_THAT(refused("GetParameter", {{"Name", "a:2"}}), StartsWith("ParameterVersionNotFound"));
}

TEST_F(SsmTest, TagsAreAddedReplacedListedAndRemoved) {
  put("p", "v");
  const json of = {{"ResourceType", "Parameter"}, {"ResourceId", "p"}};
  json add = of;
  add["Tags"] = {{{"Key", "a"}, {"Value", "1"}}, {{"Key", "b"}, {"Value", ""}}};
  ok("AddTagsToResource", add);
  add["Tags"] = {{{"Key", "a"}, {"Value", "2"}}};
  ok("AddTagsToResource", add);
  json remove = of;
  remove["TagKeys"] = {"b", "none"};
  ok("RemoveTagsFromResource", remove);
  EXPECT_EQ(ok("ListTagsForResource", of).at("TagList"), json({{{"Key", "a"}, {"Value", "2"}}}));
  EXPECT_THAT(refused("ListTagsForResource", {{"ResourceType", "Parameter"}, {"ResourceId", "x"}}),
              StartsWith("InvalidResourceId: "));
  EXPECT_EQ(
      answer("ListTagsForResource", {{"ResourceType", "Document"}, {"ResourceId", "x"}}).status,
      501);
  add["Tags"] = json::array();
  for (int i = 0; i < 51; ++i)
    add["Tags"].push_back({{"Key", "k" + std::to_string(i)}, {"Value", ""}});
  EXPECT_THAT(refused("AddTagsToResource", add), StartsWith("TooManyTagsError: "));
}

TEST_F(SsmTest, EveryChangeIsAnEventOfTheRightKind) {
  put("p", "1");
  overwrite("p", "2");
  ok("LabelParameterVersion", {{"Name", "p"}, {"Labels", {"a"}}});
  ok("DeleteParameter", {{"Name", "p"}});
  std::vector<std::string> operations;
  const auto events = *store_->readOutbox(0, 10);
  for (const auto& event : events) {
    const json body = json::parse(event.body);
    EXPECT_EQ(body.at("detail-type"), "Parameter Store Change");
    operations.push_back(body.at("detail").at("operation"));
  }
  EXPECT_THAT(operations, ElementsAre("Create", "Update", "LabelParameterVersion", "Delete"));
}

TEST_F(SsmTest, OtherOperationsOfSystemsAreNotImplementedAndSaySo) {
  EXPECT_EQ(answer("ListDocuments", json::object()).status, 501);
}

TEST_F(SsmTest, AValueIsInNoError) {
  const auto leaks = [&](const std::string& body) {
    return service_
               ->call("PutParameter", body, {.scope = scope_, .requestId = "r", .principal = "t"})
               .body.find("hunter2") != std::string::npos;
  };
  EXPECT_FALSE(leaks(R"({"Name":"a b","Value":"hunter2","Type":"SecureString"})"));
  EXPECT_FALSE(leaks(R"({"Name":"n","Value":{"v":"hunter2"},"Type":"SecureString"})"));
  EXPECT_FALSE(leaks(R"({"Name":"n","Type":"Nothing","Value":"hunter2"})"));
  EXPECT_FALSE(
      leaks(R"({"Name":"n","Type":"SecureString","AllowedPattern":"x","Value":"hunter2"})"));
  EXPECT_FALSE(leaks(R"({"Name":"n","Type":"SecureString","Value":"hunter2)"));
  EXPECT_FALSE(leaks(R"({"Name":"n","Type":"SecureString","Value":hunter2})"));
}

}  // namespace
}  // namespace kiln::api::ssm
