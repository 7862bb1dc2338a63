#include "api/secretsmanager/stages.h"
#include "tests/unit/secretsmanager/secrets_fixture.h"

namespace kiln::api::secrets {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST_F(SecretsTest, DescribeShowsAllButTheValue) {
  ok("CreateSecret", {{"Name", "s"},
                      {"SecretString", "v"},
                      {"Description", "d"},
                      {"KmsKeyId", "alias/k"},
                      {"ClientRequestToken", token('1')},
                      {"Tags", {{{"Key", "team"}, {"Value", "red"}}}}});
  json described = ok("DescribeSecret", {{"SecretId", "s"}});
  described.erase("ARN");
  EXPECT_EQ(described, json({{"Name", "s"},
                             {"Description", "d"},
                             {"KmsKeyId", "alias/k"},
                             {"LastChangedDate", 1764646834.299},
                             {"CreatedDate", 1764646834.299},
                             {"Tags", {{{"Key", "team"}, {"Value", "red"}}}},
                             {"VersionIdsToStages", {{token('1'), {"AWSCURRENT"}}}}}));
  get("s");
  EXPECT_EQ(ok("DescribeSecret", {{"SecretId", "s"}}).at("LastAccessedDate"), 1764633600.0);
}

TEST_F(SecretsTest, ListsAreSortedAsAsked) {
  for (const char* name : {"b", "c", "a"}) {
    create(name, "v");
    clock_.advance(Seconds(1));
  }
  EXPECT_THAT(list(json::object()), ElementsAre("a", "c", "b"));
  EXPECT_THAT(list({{"SortOrder", "asc"}}), ElementsAre("b", "c", "a"));
  EXPECT_THAT(list({{"SortBy", "name"}, {"SortOrder", "asc"}}), ElementsAre("a", "b", "c"));
  ok("UpdateSecret", {{"SecretId", "c"}, {"Description", "d"}});
  EXPECT_THAT(list({{"SortBy", "last-changed-date"}}), ElementsAre("c", "a", "b"));
  get("b");
  EXPECT_EQ(list({{"SortBy", "last-accessed-date"}}).front(), "b");
}

TEST_F(SecretsTest, FiltersByEachKey) {
  ok("CreateSecret", {{"Name", "app/db"},
                      {"Description", "The Database password"},
                      {"Tags", {{{"Key", "team"}, {"Value", "red"}}}}});
  ok("CreateSecret", {{"Name", "App/web"}, {"Description", "a token"}});
  const auto filtered = [&](const char* key, json values) {
    return list({{"SortBy", "name"},
                 {"SortOrder", "asc"},
                 {"Filters", {{{"Key", key}, {"Values", values}}}}});
  };
  EXPECT_THAT(filtered("name", {"app"}), ElementsAre("app/db"));
  EXPECT_THAT(filtered("name", {"!app"}), ElementsAre("App/web"));
  EXPECT_THAT(filtered("name", {"app", "App"}), ElementsAre("App/web", "app/db"));
  EXPECT_THAT(filtered("description", {"data"}), ElementsAre("app/db"));
  EXPECT_THAT(filtered("description", {"base"}), ElementsAre());
  EXPECT_THAT(filtered("tag-key", {"te"}), ElementsAre("app/db"));
  EXPECT_THAT(filtered("tag-value", {"Red"}), ElementsAre());
  EXPECT_THAT(filtered("all", {"RED pass"}), ElementsAre("app/db"));
  EXPECT_THAT(filtered("primary-region", {"eu-"}), ElementsAre("App/web", "app/db"));
  EXPECT_THAT(filtered("owning-service", {"rds"}), ElementsAre());
  EXPECT_THAT(refused("ListSecrets", {{"Filters", {{{"Key", "name"}}}}}),
              StartsWith("InvalidParameterException: "));
  EXPECT_THAT(refused("ListSecrets", {{"Filters", {{{"Key", "shoes"}, {"Values", {"x"}}}}}}),
              StartsWith("ValidationException: "));
}

TEST_F(SecretsTest, PagesHaveEverySecretOnce) {
  std::vector<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    expected.push_back("s" + std::to_string(100 + i));
    create(expected.back(), "v");
  }
  json input = {{"MaxResults", 10}, {"SortBy", "name"}, {"SortOrder", "asc"}};
  std::vector<std::string> got;
  for (bool more = true; more;) {
    const json page = ok("ListSecrets", input);
    for (const auto& one : page.at("SecretList")) got.push_back(one.at("Name"));
    more = page.contains("NextToken");
    if (more) input["NextToken"] = page.at("NextToken");
  }
  EXPECT_EQ(got, expected);
  EXPECT_EQ(refused("ListSecrets", {{"NextToken", "x"}}),
            "InvalidNextTokenException: The NextToken value is invalid.");
}

TEST_F(SecretsTest, VersionsAreListedOldestFirstPageByPage) {
  ok("CreateSecret", {{"Name", "s"}, {"SecretString", "1"}, {"ClientRequestToken", token('9')}});
  for (const char letter : {'8', '7', '6'}) {
    clock_.advance(Seconds(1));
    ok("PutSecretValue", {{"SecretId", "s"},
                          {"SecretString", std::string(1, letter)},
                          {"ClientRequestToken", token(letter)}});
  }
  const auto ids = [&](json input) {
    input["SecretId"] = "s";
    std::vector<std::string> found;
    const json answer = ok("ListSecretVersionIds", input);
    for (const auto& one : answer.at("Versions")) found.push_back(one.at("VersionId"));
    if (answer.contains("NextToken")) found.push_back(answer.at("NextToken"));
    return found;
  };
  EXPECT_THAT(ids(json::object()), ElementsAre(token('7'), token('6')));
  EXPECT_THAT(ids({{"IncludeDeprecated", true}}),
              ElementsAre(token('9'), token('8'), token('7'), token('6')));
  const auto first = ids({{"IncludeDeprecated", true}, {"MaxResults", 3}});
  ASSERT_EQ(first.size(), 4U);
  EXPECT_THAT(ids({{"IncludeDeprecated", true}, {"MaxResults", 3}, {"NextToken", first.back()}}),
              ElementsAre(token('6')));
}

TEST_F(SecretsTest, OldDeprecatedVersionsGoBeyondAHundred) {
  create("s", "v");
  for (int i = 0; i < 120; ++i)
    ok("PutSecretValue", {{"SecretId", "s"}, {"SecretString", std::to_string(i)}});
  const json all = {{"SecretId", "s"}, {"IncludeDeprecated", true}, {"MaxResults", 100}};
  EXPECT_TRUE(ok("ListSecretVersionIds", all).contains("NextToken"));
  clock_.advance(std::chrono::hours(25));
  ok("PutSecretValue", {{"SecretId", "s"}, {"SecretString", "last"}});
  EXPECT_FALSE(ok("ListSecretVersionIds", all).contains("NextToken"));
  EXPECT_EQ(store_->scanNotes({"secret", scope_, "s"}, {}, 1000, store::Order::kAscending)->size(),
            100U);
  EXPECT_EQ(get("s", {{"VersionStage", "AWSPREVIOUS"}}).at("SecretString"), "119");
}

TEST_F(SecretsTest, ASecretHasTwentyStagingLabelsAtMost) {
  create("s", "v");
  json labels = json::array();
  for (int i = 0; i < 19; ++i) labels.push_back("l" + std::to_string(i));
  ok("PutSecretValue", {{"SecretId", "s"}, {"SecretString", "w"}, {"VersionStages", labels}});
  EXPECT_THAT(refused("PutSecretValue",
                      {{"SecretId", "s"}, {"SecretString", "x"}, {"VersionStages", {"more"}}}),
              StartsWith("LimitExceededException: "));
}

TEST_F(SecretsTest, BatchesTellValuesAndErrorsApart) {
  create("a", "1");
  create("b", "2");
  const json got = ok("BatchGetSecretValue", {{"SecretIdList", {"b", "none", "a"}}});
  ASSERT_EQ(got.at("SecretValues").size(), 2U);
  EXPECT_EQ(got.at("SecretValues")[0].at("SecretString"), "2");
  EXPECT_EQ(got.at("Errors"),
            json({{{"SecretId", "none"},
                   {"ErrorCode", "ResourceNotFoundException"},
                   {"Message", "Secrets Manager can't find the specified secret."}}}));
  EXPECT_EQ(ok("BatchGetSecretValue", {{"Filters", {{{"Key", "name"}, {"Values", {"a"}}}}}})
                .at("SecretValues")
                .size(),
            1U);
  EXPECT_THAT(refused("BatchGetSecretValue", json::object()),
              StartsWith("InvalidParameterException: "));
}

TEST_F(SecretsTest, TagsAndPolicies) {
  create("s", "v");
  ok("TagResource", {{"SecretId", "s"},
                     {"Tags", {{{"Key", "a"}, {"Value", "1"}}, {{"Key", "b"}, {"Value", "2"}}}}});
  ok("UntagResource", {{"SecretId", "s"}, {"TagKeys", {"a"}}});
  EXPECT_EQ(ok("DescribeSecret", {{"SecretId", "s"}}).at("Tags"),
            json({{{"Key", "b"}, {"Value", "2"}}}));
  EXPECT_THAT(
      refused("TagResource", {{"SecretId", "s"}, {"Tags", {{{"Key", "aws:x"}, {"Value", ""}}}}}),
      StartsWith("InvalidParameterException: "));
  const std::string open =
      R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]})";
  EXPECT_FALSE(ok("GetResourcePolicy", {{"SecretId", "s"}}).contains("ResourcePolicy"));
  EXPECT_THAT(refused("PutResourcePolicy", {{"SecretId", "s"}, {"ResourcePolicy", "{"}}),
              StartsWith("MalformedPolicyDocumentException: "));
  EXPECT_THAT(refused("PutResourcePolicy",
                      {{"SecretId", "s"}, {"ResourcePolicy", open}, {"BlockPublicPolicy", true}}),
              StartsWith("PublicPolicyException: "));
  ok("PutResourcePolicy", {{"SecretId", "s"}, {"ResourcePolicy", open}});
  EXPECT_EQ(ok("GetResourcePolicy", {{"SecretId", "s"}}).at("ResourcePolicy"), open);
  ok("DeleteResourcePolicy", {{"SecretId", "s"}});
  EXPECT_FALSE(ok("GetResourcePolicy", {{"SecretId", "s"}}).contains("ResourcePolicy"));
}

TEST_F(SecretsTest, PasswordsHaveTheLengthAndTheCharactersAskedFor) {
  const auto password = [&](const json& input) {
    return ok("GetRandomPassword", input).at("RandomPassword").get<std::string>();
  };
  EXPECT_EQ(password(json::object()).size(), 32U);
  EXPECT_NE(password(json::object()), password(json::object()));
  const json digits = {{"PasswordLength", 4096},
                       {"ExcludeLowercase", true},
                       {"ExcludeUppercase", true},
                       {"ExcludePunctuation", true},
                       {"ExcludeCharacters", "089"}};
  EXPECT_EQ(password(digits).find_first_not_of("1234567"), std::string::npos);
  for (int i = 0; i < 200; ++i) {
    const std::string four = password({{"PasswordLength", 4}});
    for (const char* kind :
         {"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"})
      EXPECT_NE(four.find_first_of(kind), std::string::npos) << four;
  }
  EXPECT_EQ(refused("GetRandomPassword", {{"PasswordLength", 3}}),
            "InvalidParameterException: Password length is too short based on the required types.");
  json none = digits;
  none["ExcludeNumbers"] = true;
  EXPECT_THAT(refused("GetRandomPassword", none), StartsWith("InvalidRequestException: "));
}

TEST_F(SecretsTest, RefusalsThatTellWhatIsWrong) {
  EXPECT_EQ(refused("CreateSecret", {{"Name", "a b"}}),
            "ValidationException: Invalid name. Must be a valid name containing alphanumeric "
            "characters, or any of the following: -/_+=.@!");
  EXPECT_EQ(
      refused("CreateSecret", {{"Name", "a"}, {"SecretString", "s"}, {"SecretBinary", "AA=="}}),
      "InvalidParameterException: You can't specify both a binary secret value and a string secret "
      "value in the same secret.");
  EXPECT_EQ(
      answer("CreateSecret", {{"Name", "a"}, {"AddReplicaRegions", {{{"Region", "us-east-1"}}}}})
          .status,
      501);
  EXPECT_EQ(answer("RotateSecret", {{"SecretId", "a"}}).status, 501);
  create("a", "v");
  EXPECT_EQ(refused("PutSecretValue", {{"SecretId", "a"}}),
            "InvalidRequestException: You must provide either SecretString or SecretBinary.");
}

}  // namespace
}  // namespace kiln::api::secrets
