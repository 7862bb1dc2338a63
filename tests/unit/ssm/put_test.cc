#include "tests/unit/ssm/ssm_fixture.h"

namespace kiln::api::ssm {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(SsmTest, APutParameterIsReadBackAsItWasGiven) {
  EXPECT_EQ(put("/a/b", "one", {{"Description", "d"}}),
            json({{"Version", 1}, {"Tier", "Standard"}}));
  EXPECT_EQ(get("/a/b"), json({{"Name", "/a/b"},
                               {"Type", "String"},
                               {"Value", "one"},
                               {"Version", 1},
                               {"LastModifiedDate", 1764646834.299},
                               {"ARN", "arn:aws:ssm:eu-west-1:000000000000:parameter/a/b"},
                               {"DataType", "text"}}));
  const json described = ok("DescribeParameters", json::object()).at("Parameters").at(0);
  EXPECT_EQ(described.at("Description"), "d");
  EXPECT_EQ(described.at("Tier"), "Standard");
  EXPECT_EQ(described.at("LastModifiedUser"), "arn:aws:iam::000000000000:user/tester");
  EXPECT_FALSE(described.contains("Value"));
}

TEST_F(SsmTest, OverwritingMakesAVersionAndKeepsWhatIsNotGiven) {
  put("p", "one", {{"Description", "d"}, {"AllowedPattern", "[a-z]+"}});
  EXPECT_EQ(
      refused("PutParameter", {{"Name", "p"}, {"Value", "x"}, {"Type", "String"}}),
      "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the "
      "overwrite option in the request to true.");
  EXPECT_EQ(overwrite("p", "two").at("Version"), 2);
  EXPECT_EQ(get("p").at("Value"), "two");
  EXPECT_EQ(get("p:1").at("Value"), "one");
  EXPECT_EQ(get("p:1").at("Selector"), ":1");
  EXPECT_THAT(refused("PutParameter", {{"Name", "p"}, {"Value", "3"}, {"Overwrite", true}}),
              StartsWith("ParameterPatternMismatchException: "));
}

TEST_F(SsmTest, ASecureStringIsSealedInTheStoreAndOnlyShownWhenAskedFor) {
  put("/db", "hunter2-hunter2", {{"Type", "SecureString"}});
  EXPECT_EQ(get("/db", true).at("Value"), "hunter2-hunter2");
  const std::string sealed = get("/db").at("Value");
  EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
  const auto feed = *store_->readFeed(0, 100);
  for (const auto& entry : feed) EXPECT_EQ(entry.resource.spec.find("hunter2"), std::string::npos);
  const auto outbox = *store_->readOutbox(0, 100);
  ASSERT_EQ(outbox.size(), 1U);
  EXPECT_EQ(outbox[0].body.find("hunter2"), std::string::npos);
  const auto notes =
      *store_->scanNotes({"parameter", scope_, "/db"}, {}, 10, store::Order::kAscending);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].value.find("hunter2"), std::string::npos);
  EXPECT_EQ(ok("DescribeParameters", json::object()).at("Parameters")[0].at("KeyId"),
            "alias/aws/ssm");
}

TEST_F(SsmTest, ALostKeyFileIsSaidAndOtherParametersGoOn) {
  put("/db", "hunter2", {{"Type", "SecureString"}});
  put("/plain", "text");
  std::filesystem::remove(keyFile());
  restart();
  EXPECT_THAT(refused("GetParameter", {{"Name", "/db"}, {"WithDecryption", true}}),
              AllOf(StartsWith("InternalServerError: the key file"), HasSubstr("is missing")));
  EXPECT_THAT(refused("PutParameter", {{"Name", "/n"}, {"Value", "v"}, {"Type", "SecureString"}}),
              HasSubstr("is missing"));
  EXPECT_EQ(get("/plain").at("Value"), "text");
  EXPECT_FALSE(std::filesystem::exists(keyFile()));
}

TEST_F(SsmTest, ASealedValueMovedToAnotherParameterDoesNotOpen) {
  put("/a", "hunter2", {{"Type", "SecureString"}});
  put("/b", "other", {{"Type", "SecureString"}});
  const std::string note = "version/0000000000000000001";
  const auto moved = *store_->findNote({"parameter", scope_, "/a"}, note);
  ASSERT_TRUE(store_
                  ->commit(store::Durability::kSynced,
                           [&](store::Txn& txn) {
                             return txn.putNote({"parameter", scope_, "/b"}, note, *moved);
                           })
                  .ok());
  EXPECT_THAT(refused("GetParameter", {{"Name", "/b"}, {"WithDecryption", true}}),
              HasSubstr("it was changed, belongs to something else"));
}

TEST_F(SsmTest, NamesThatMayNotBe) {
  const auto refusal = [&](const std::string& name) {
    return refused("PutParameter", {{"Name", name}, {"Value", "v"}, {"Type", "String"}});
  };
  const std::string reserved =
      "ValidationException: Parameter name: can't be prefixed with \"aws\" or \"ssm\" "
      "(case-insensitive).";
  for (const char* name : {"aws", "AwsThing", "/aws", "ssm-x", "/SSM"})
    EXPECT_EQ(refusal(name), reserved) << name;
  EXPECT_EQ(refusal("/aws/x"),
            "AccessDeniedException: No access to reserved parameter name: /aws/x.");
  for (const char* name : {"/ssm/x", "a b", "a:1", "/a//b", "/a/", "/", "ü", "a$"}) {
    EXPECT_THAT(refusal(name),
                StartsWith("ValidationException: Parameter name: can't be prefixed with \"ssm\" "))
        << name;
  }
  EXPECT_EQ(refusal("a/b"), "ValidationException: Parameter name must be a fully qualified name.");
  std::string deep;
  for (int level = 0; level < 15; ++level) deep += "/l";
  put(deep, "v");
  EXPECT_THAT(refusal(deep + "/l"), StartsWith("HierarchyLevelLimitExceededException: "));
}

TEST_F(SsmTest, TiersAndTheirSizes) {
  const auto tierFor = [&](const std::string& name, std::size_t size, const char* tier) {
    return put(name, std::string(size, 'v'), {{"Tier", tier}}).at("Tier");
  };
  EXPECT_EQ(tierFor("a", 4096, "Standard"), "Standard");
  EXPECT_EQ(tierFor("b", 8192, "Advanced"), "Advanced");
  EXPECT_EQ(tierFor("c", 4096, "Intelligent-Tiering"), "Standard");
  EXPECT_EQ(tierFor("d", 4097, "Intelligent-Tiering"), "Advanced");
  const auto refusal = [&](std::size_t size, const char* tier) {
    return refused(
        "PutParameter",
        {{"Name", "x"}, {"Type", "String"}, {"Tier", tier}, {"Value", std::string(size, 'v')}});
  };
  EXPECT_THAT(refusal(4097, "Standard"),
              StartsWith("ValidationException: Standard tier parameters support a maximum "
                         "parameter value of 4096 characters."));
  EXPECT_EQ(refusal(8193, "Advanced"),
            "ValidationException: Advanced tier parameters support a maximum parameter value of "
            "8192 characters.");
  EXPECT_EQ(overwrite("b", "small").at("Tier"), "Advanced");
  EXPECT_THAT(refused("PutParameter",
                      {{"Name", "b"}, {"Value", "v"}, {"Overwrite", true}, {"Tier", "Standard"}}),
              StartsWith("ValidationException: This parameter uses the advanced-parameter tier."));
}

TEST_F(SsmTest, RefusalsOfPutThatTellWhatIsWrong) {
  put("s", "v");
  const struct {
    json input;
    const char* shape;
  } rows[] = {
      {{{"Name", "n"}, {"Value", "v"}}, "ValidationException: A parameter type is required"},
      {{{"Name", "n"}, {"Value", ""}, {"Type", "String"}},
       "ValidationException: 1 validation error detected: "},
      {{{"Name", "n"}, {"Value", "v"}, {"Type", "String"}, {"DataType", "Text"}},
       "ValidationException: The following data type is not supported: Text"},
      {{{"Name", "n"}, {"Value", "v"}, {"Type", "String"}, {"DataType", "aws:ec2:image"}},
       "ValidationException: "},
      {{{"Name", "n"}, {"Value", "v"}, {"Type", "String"}, {"AllowedPattern", "("}},
       "InvalidAllowedPatternException: "},
      {{{"Name", "n"}, {"Value", "v"}, {"Type", "String"}, {"AllowedPattern", "\\d+"}},
       "ParameterPatternMismatchException: Parameter value, cannot be validated against "
       "allowedPattern: \\d+"},
      {{{"Name", "n"}, {"Value", "v"}, {"Type", "String"}, {"KeyId", "alias/x"}},
       "ValidationException: KeyId is not required for String"},
      {{{"Name", "s"}, {"Value", "v"}, {"Type", "SecureString"}, {"Overwrite", true}},
       "HierarchyTypeMismatchException: "},
      {{{"Name", "s"},
        {"Value", "v"},
        {"Overwrite", true},
        {"Tags", {{{"Key", "k"}, {"Value", "v"}}}}},
       "ValidationException: Invalid request: tags and overwrite"},
      {{{"Name", "n"}, {"Value", "v"}, {"Type", "Secret"}},
       "ValidationException: 1 validation error"},
      {{{"Name", "n"}, {"Value", "v"}, {"Type", "String"}, {"Policies", "[]x"}},
       "ValidationException: Policies"},
      {{{"Name", "n"},
        {"Value", "v"},
        {"Type", "String"},
        {"Tier", "Advanced"},
        {"Policies", R"([{"Type":"Other"}])"}},
       "InvalidPolicyTypeException: "},
      {{{"Name", "n"},
        {"Value", "v"},
        {"Type", "String"},
        {"Tier", "Advanced"},
        {"Policies", R"([{"Type":"Expiration"}])"}},
       "InvalidPolicyAttributeException: "},
      {{{"Name", "n"},
        {"Value", "v"},
        {"Type", "String"},
        {"Policies",
         R"([{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-01-01T00:00:00Z"}}])"}},
       "ValidationException: Standard tier"},
  };
  for (const auto& row : rows)
    EXPECT_THAT(refused("PutParameter", row.input), StartsWith(row.shape)) << row.input;
}

TEST_F(SsmTest, AHundredVersionsAreKeptAndALabelHoldsTheOldest) {
  put("p", "1");
  for (int version = 2; version <= 100; ++version) overwrite("p", std::to_string(version));
  ok("LabelParameterVersion", {{"Name", "p"}, {"ParameterVersion", 1}, {"Labels", {"first"}}});
  EXPECT_EQ(refused("PutParameter", {{"Name", "p"}, {"Value", "101"}, {"Overwrite", true}}),
            "ParameterMaxVersionLimitExceeded: You attempted to create a new version of p by "
            "calling the PutParameter API with the "
            "overwrite flag. Version 1, the oldest version, can't be deleted because it has a "
            "label associated with it. Move the label to "
            "another version of the parameter, and try again.");
  ok("LabelParameterVersion", {{"Name", "p"}, {"ParameterVersion", 2}, {"Labels", {"first"}}});
  EXPECT_EQ(overwrite("p", "101").at("Version"), 101);
  EXPECT_THAT(refused("GetParameter", {{"Name", "p:1"}}), StartsWith("ParameterVersionNotFound: "));
  EXPECT_EQ(get("p:first").at("Value"), "2");
}

}  // namespace
}  // namespace kiln::api::ssm
