#include "tests/unit/secretsmanager/secrets_fixture.h"

namespace kiln::api::secrets {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr const char* kNotThere =
    "ResourceNotFoundException: Secrets Manager can't find the specified secret.";
constexpr const char* kMarked =
    "InvalidRequestException: You can't perform this operation on the secret because it was marked "
    "for deletion.";

TEST_F(SecretsTest, ACreatedSecretIsReadBackByNameAndByArn) {
  const json made = create("app/db", "hunter2");
  const std::string arn = made.at("ARN");
  EXPECT_THAT(
      arn, MatchesRegex("arn:aws:secretsmanager:eu-west-1:000000000000:secret:app/db-[A-Za-z]{6}"));
  for (const std::string& id : {std::string("app/db"), arn, arn.substr(0, arn.size() - 7)}) {
    const json got = get(id);
    EXPECT_EQ(got.at("SecretString"), "hunter2");
    EXPECT_EQ(got.at("VersionId"), made.at("VersionId"));
    EXPECT_EQ(got.at("VersionStages"), json({"AWSCURRENT"}));
    EXPECT_EQ(got.at("ARN"), arn);
  }
  for (const std::string& id :
       {std::string("app"), arn.substr(0, arn.size() - 1) + "_",
        std::string("arn:aws:secretsmanager:eu-west-2:000000000000:secret:app/db")})
    EXPECT_EQ(refused("GetSecretValue", {{"SecretId", id}}), kNotThere) << id;
}

TEST_F(SecretsTest, ANameThatLooksLikeOneWithASuffixIsFoundByItsPartialArn) {
  create("my-secret", "v");
  EXPECT_EQ(
      get("arn:aws:secretsmanager:eu-west-1:000000000000:secret:my-secret").at("SecretString"),
      "v");
}

TEST_F(SecretsTest, BinaryValuesComeBackAsTheyWere) {
  ok("CreateSecret", {{"Name", "b"}, {"SecretBinary", "AAECAP8="}});
  EXPECT_EQ(get("b").at("SecretBinary"), "AAECAP8=");
  EXPECT_FALSE(get("b").contains("SecretString"));
}

TEST_F(SecretsTest, NoValueIsInTheStoreTheFeedOrTheOutbox) {
  create("s", "hunter2-hunter2");
  ok("PutSecretValue", {{"SecretId", "s"}, {"SecretString", "hunter2-again"}});
  const auto feed = *store_->readFeed(0, 100);
  for (const auto& entry : feed) EXPECT_EQ(entry.resource.spec.find("hunter2"), std::string::npos);
  const auto notes = *store_->scanNotes({"secret", scope_, "s"}, {}, 10, store::Order::kAscending);
  EXPECT_EQ(notes.size(), 2U);
  for (const auto& note : notes) EXPECT_EQ(note.value.find("hunter2"), std::string::npos);
  EXPECT_TRUE(store_->readOutbox(0, 10)->empty());
}

TEST_F(SecretsTest, ATokenGivenTwiceIsOneSecretUnlessItsValueDiffers) {
  const json input = {{"Name", "s"}, {"SecretString", "v"}, {"ClientRequestToken", token('t')}};
  const json first = ok("CreateSecret", input);
  EXPECT_EQ(first.at("VersionId"), token('t'));
  EXPECT_EQ(ok("CreateSecret", input), first);
  json other = input;
  other["SecretString"] = "w";
  const std::string exists =
      "ResourceExistsException: The operation failed because the secret s already exists.";
  EXPECT_EQ(refused("CreateSecret", other), exists);
  EXPECT_EQ(refused("CreateSecret", {{"Name", "s"}}), exists);
  EXPECT_EQ(refused("CreateSecret", {{"Name", "s"}, {"SecretString", "v"}}), exists);
}

TEST_F(SecretsTest, PuttingAValueMovesCurrentAndPrevious) {
  create("s", "one");
  ok("PutSecretValue",
     {{"SecretId", "s"}, {"SecretString", "two"}, {"ClientRequestToken", token('2')}});
  const json third =
      ok("PutSecretValue",
         {{"SecretId", "s"}, {"SecretString", "three"}, {"ClientRequestToken", token('3')}});
  EXPECT_EQ(third.at("VersionStages"), json({"AWSCURRENT"}));
  EXPECT_EQ(stages("s"), json({{token('2'), {"AWSPREVIOUS"}}, {token('3'), {"AWSCURRENT"}}}));
  EXPECT_EQ(get("s").at("SecretString"), "three");
  EXPECT_EQ(get("s", {{"VersionStage", "AWSPREVIOUS"}}).at("SecretString"), "two");
  EXPECT_EQ(get("s", {{"VersionId", token('2')}}).at("SecretString"), "two");
  EXPECT_EQ(refused("GetSecretValue",
                    {{"SecretId", "s"}, {"VersionId", token('2')}, {"VersionStage", "AWSCURRENT"}}),
            "InvalidRequestException: You provided a VersionStage that is not associated to the "
            "provided VersionId.");
  EXPECT_EQ(refused("GetSecretValue", {{"SecretId", "s"}, {"VersionStage", "none"}}),
            "ResourceNotFoundException: Secrets Manager can't find the specified secret value for "
            "staging label: none");
  EXPECT_EQ(refused("GetSecretValue", {{"SecretId", "s"}, {"VersionId", token('9')}}),
            "ResourceNotFoundException: Secrets Manager can't find the specified secret value for "
            "VersionId: " +
                token('9'));
}

TEST_F(SecretsTest, ARepeatedPutChangesNothingAndAnotherValueIsRefused) {
  create("s", "one");
  const json input = {
      {"SecretId", "s"}, {"SecretString", "two"}, {"ClientRequestToken", token('2')}};
  const json first = ok("PutSecretValue", input);
  ok("PutSecretValue",
     {{"SecretId", "s"}, {"SecretString", "three"}, {"ClientRequestToken", token('3')}});
  EXPECT_EQ(ok("PutSecretValue", input).at("VersionStages"), json({"AWSPREVIOUS"}));
  EXPECT_EQ(get("s").at("SecretString"), "three");
  json other = input;
  other["SecretString"] = "2";
  EXPECT_THAT(
      refused("PutSecretValue", other),
      StartsWith("ResourceExistsException: You can't use ClientRequestToken " + token('2')));
}

TEST_F(SecretsTest, OwnStagesLeaveCurrentWhereItIs) {
  create("s", "one");
  ok("PutSecretValue", {{"SecretId", "s"},
                        {"SecretString", "two"},
                        {"VersionStages", {"AWSPENDING", "mine"}},
                        {"ClientRequestToken", token('2')}});
  EXPECT_EQ(get("s").at("SecretString"), "one");
  EXPECT_EQ(get("s", {{"VersionStage", "mine"}}).at("SecretString"), "two");
  ok("CreateSecret", {{"Name", "empty"}});
  EXPECT_THAT(refused("GetSecretValue", {{"SecretId", "empty"}}),
              HasSubstr("staging label: AWSCURRENT"));
  ok("PutSecretValue",
     {{"SecretId", "empty"}, {"SecretString", "first"}, {"VersionStages", {"mine"}}});
  EXPECT_EQ(get("empty").at("SecretString"), "first");
}

TEST_F(SecretsTest, StagesAreMovedOnlyFromTheVersionThatHasThem) {
  ok("CreateSecret", {{"Name", "s"}, {"SecretString", "1"}, {"ClientRequestToken", token('1')}});
  ok("PutSecretValue",
     {{"SecretId", "s"}, {"SecretString", "2"}, {"ClientRequestToken", token('2')}});
  const json move = {
      {"SecretId", "s"}, {"VersionStage", "AWSCURRENT"}, {"MoveToVersionId", token('1')}};
  EXPECT_THAT(refused("UpdateSecretVersionStage", move),
              StartsWith("InvalidParameterException: The parameter RemoveFromVersionId can't be "
                         "empty. Staging label AWSCURRENT is currently attached to version " +
                         token('2')));
  json right = move;
  right["RemoveFromVersionId"] = token('2');
  ok("UpdateSecretVersionStage", right);
  EXPECT_EQ(stages("s"), json({{token('1'), {"AWSCURRENT"}}, {token('2'), {"AWSPREVIOUS"}}}));
  EXPECT_THAT(refused("UpdateSecretVersionStage", {{"SecretId", "s"},
                                                   {"VersionStage", "AWSCURRENT"},
                                                   {"RemoveFromVersionId", token('1')}}),
              StartsWith("InvalidParameterException: You can only move staging label AWSCURRENT"));
  ok("UpdateSecretVersionStage",
     {{"SecretId", "s"}, {"VersionStage", "new"}, {"MoveToVersionId", token('2')}});
  ok("UpdateSecretVersionStage",
     {{"SecretId", "s"}, {"VersionStage", "new"}, {"RemoveFromVersionId", token('2')}});
  EXPECT_EQ(stages("s").at(token('2')), json({"AWSPREVIOUS"}));
}

TEST_F(SecretsTest, UpdateChangesWhatIsGivenAndMakesAVersionOnlyForAValue) {
  create("s", "one");
  EXPECT_FALSE(ok("UpdateSecret", {{"SecretId", "s"}, {"Description", "d"}}).contains("VersionId"));
  EXPECT_TRUE(
      ok("UpdateSecret", {{"SecretId", "s"}, {"SecretString", "two"}, {"KmsKeyId", "alias/k"}})
          .contains("VersionId"));
  const json described = ok("DescribeSecret", {{"SecretId", "s"}});
  EXPECT_EQ(described.at("Description"), "d");
  EXPECT_EQ(described.at("KmsKeyId"), "alias/k");
  EXPECT_EQ(get("s").at("SecretString"), "two");
}

TEST_F(SecretsTest, ADeletedSecretCanBeRestoredUntilItsWindowEnds) {
  const json made = create("s", "v");
  const json deleted = ok("DeleteSecret", {{"SecretId", "s"}, {"RecoveryWindowInDays", 7}});
  EXPECT_EQ(deleted.at("DeletionDate"), 1764646834.299 + 7 * 86400);
  for (const char* operation : {"GetSecretValue", "UpdateSecret"})
    EXPECT_EQ(refused(operation, {{"SecretId", "s"}}), kMarked);
  EXPECT_TRUE(ok("DescribeSecret", {{"SecretId", "s"}}).contains("DeletedDate"));
  EXPECT_EQ(refused("DeleteSecret", {{"SecretId", "s"}}),
            "InvalidRequestException: You can't perform this operation on the secret because it "
            "was already scheduled for deletion.");
  EXPECT_EQ(refused("CreateSecret", {{"Name", "s"}}),
            "InvalidRequestException: You can't create this secret because a secret with this name "
            "is already scheduled for deletion.");
  EXPECT_TRUE(list(json::object()).empty());
  EXPECT_EQ(list({{"IncludePlannedDeletion", true}}).size(), 1U);
  clock_.advance(std::chrono::hours(24 * 7) - Millis(1));
  ok("RestoreSecret", {{"SecretId", "s"}});
  EXPECT_EQ(get("s").at("SecretString"), "v");
  ok("DeleteSecret", {{"SecretId", made.at("ARN")}});
  clock_.advance(std::chrono::hours(24 * 30));
  EXPECT_EQ(refused("RestoreSecret", {{"SecretId", "s"}}), kNotThere);
  EXPECT_TRUE(list({{"IncludePlannedDeletion", true}}).empty());
}

TEST_F(SecretsTest, WhatIsOverIsReallyRemovedAndItsNameIsFree) {
  create("old", "v");
  create("kept", "v");
  create("later", "v");
  ok("DeleteSecret", {{"SecretId", "old"}, {"RecoveryWindowInDays", 7}});
  ok("DeleteSecret", {{"SecretId", "later"}, {"RecoveryWindowInDays", 20}});
  clock_.advance(std::chrono::hours(24 * 8));
  ASSERT_TRUE(removeExpired(*store_, clock_).ok());
  EXPECT_FALSE(store_->find({"secret", scope_, "old"})->has_value());
  EXPECT_TRUE(store_->find({"secret", scope_, "later"})->has_value());
  EXPECT_TRUE(store_->find({"secret", scope_, "kept"})->has_value());
  clock_.advance(std::chrono::hours(24 * 20));
  EXPECT_EQ(create("later", "new").at("Name"), "later");
  EXPECT_EQ(get("later").at("SecretString"), "new");
}

TEST_F(SecretsTest, ForcedDeletionIsAtOnceAndAlsoOfWhatIsNotThere) {
  create("s", "v");
  ok("DeleteSecret", {{"SecretId", "s"}, {"ForceDeleteWithoutRecovery", true}});
  EXPECT_EQ(refused("DescribeSecret", {{"SecretId", "s"}}), kNotThere);
  EXPECT_EQ(
      ok("DeleteSecret", {{"SecretId", "s"}, {"ForceDeleteWithoutRecovery", true}}).at("Name"),
      "s");
  create("s", "w");
  for (const int days : {6, 31}) {
    EXPECT_EQ(refused("DeleteSecret", {{"SecretId", "s"}, {"RecoveryWindowInDays", days}}),
              "InvalidParameterException: The RecoveryWindowInDays value must be between 7 and 30 "
              "days (inclusive).");
  }
  EXPECT_EQ(refused("DeleteSecret", {{"SecretId", "s"},
                                     {"RecoveryWindowInDays", 7},
                                     {"ForceDeleteWithoutRecovery", true}}),
            "InvalidParameterException: You can't use ForceDeleteWithoutRecovery in conjunction "
            "with RecoveryWindowInDays.");
}

TEST_F(SecretsTest, ALostKeyFileIsSaidAndNeverReplaced) {
  create("s", "v");
  std::filesystem::remove(keyFile());
  restart();
  EXPECT_THAT(refused("GetSecretValue", {{"SecretId", "s"}}),
              AllOf(StartsWith("DecryptionFailure: the key file"), HasSubstr("is missing")));
  EXPECT_THAT(refused("CreateSecret", {{"Name", "t"}, {"SecretString", "v"}}),
              StartsWith("EncryptionFailure: the key file"));
  EXPECT_EQ(ok("DescribeSecret", {{"SecretId", "s"}}).at("Name"), "s");
  EXPECT_FALSE(std::filesystem::exists(keyFile()));
}

TEST_F(SecretsTest, AValueIsInNoError) {
  const auto leaks = [&](const char* operation, const std::string& body) {
    return service_->call(operation, body, {.scope = scope_, .requestId = "r", .principal = "t"})
               .body.find("hunter2") != std::string::npos;
  };
  EXPECT_FALSE(leaks("CreateSecret", R"({"Name":"a b","SecretString":"hunter2"})"));
  EXPECT_FALSE(leaks("CreateSecret", R"({"Name":"a","SecretString":["hunter2"]})"));
  EXPECT_FALSE(leaks("CreateSecret", R"({"Name":"a","SecretBinary":"hunter2!"})"));
  EXPECT_FALSE(leaks("PutSecretValue", R"({"SecretId":"a","SecretString":"hunter2"})"));
  EXPECT_FALSE(
      leaks("CreateSecret", R"({"Name":"a","SecretString":"hunter2","SecretBinary":"AA=="})"));
  EXPECT_FALSE(leaks("CreateSecret", R"({"Name":"a","SecretString":")" + std::string(70'000, 'x') +
                                         R"(hunter2"})"));
}

}  // namespace
}  // namespace kiln::api::secrets
