#include "tests/unit/codebuild/codebuild_fixture.h"

namespace kiln::api {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class StartBuildTest : public CodebuildTest {
 protected:
  StartBuildTest() { create(projectInput()); }
};

TEST_F(StartBuildTest, AnswersAQueuedBuild) {
  const json build = start();
  const std::string id = build["id"];
  EXPECT_THAT(
      id, MatchesRegex("pp:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  const json expected = {
      {"id", id},
      {"arn", "arn:aws:codebuild:eu-west-1:000000000000:build/" + id},
      {"buildNumber", 1},
      {"startTime", 1764646834.299},
      {"currentPhase", "QUEUED"},
      {"buildStatus", "IN_PROGRESS"},
      {"buildComplete", false},
      {"projectName", "pp"},
      {"initiator", "tester"},
      {"phases",
       {{{"phaseType", "SUBMITTED"},
         {"phaseStatus", "SUCCEEDED"},
         {"startTime", 1764646834.299},
         {"endTime", 1764646834.299},
         {"durationInSeconds", 0}},
        {{"phaseType", "QUEUED"}, {"startTime", 1764646834.299}}}},
      {"source",
       {{"type", "NO_SOURCE"},
        {"buildspec", "version: 0.2\nphases: {}\n"},
        {"insecureSsl", false}}},
      {"secondarySources", json::array()},
      {"secondarySourceVersions", json::array()},
      {"secondaryArtifacts", json::array()},
      {"artifacts", {{"location", ""}}},
      {"cache", {{"type", "NO_CACHE"}}},
      {"environment",
       {{"type", "LINUX_CONTAINER"},
        {"image", "aws/codebuild/standard:7.0"},
        {"computeType", "BUILD_GENERAL1_SMALL"},
        {"environmentVariables", json::array()},
        {"privilegedMode", false},
        {"imagePullCredentialsType", "CODEBUILD"}}},
      {"serviceRole", "arn:aws:iam::000000000000:role/service-role/r"},
      {"timeoutInMinutes", 60},
      {"queuedTimeoutInMinutes", 480},
      {"encryptionKey", "arn:aws:kms:eu-west-1:000000000000:alias/aws/s3"},
      {"logs",
       {{"deepLink",
         "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/"
         "log-group/null/"
         "log-events/null"},
        {"cloudWatchLogsArn", "arn:aws:logs:eu-west-1:000000000000:log-group:null:log-stream:null"},
        {"cloudWatchLogs", {{"status", "ENABLED"}}},
        {"s3Logs", {{"status", "DISABLED"}, {"encryptionDisabled", false}}}}}};
  EXPECT_EQ(build, expected);
  EXPECT_EQ(this->build(id), expected);
}

TEST_F(StartBuildTest, RecordsTheEventsOfItsBeginningInOneCommit) {
  const std::string id = start()["id"];
  auto events = store_->readOutbox(0, 10);
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ((*events)[0].subject.name, id);
  EXPECT_EQ(json::parse((*events)[0].body)["detail"]["build-status"], "IN_PROGRESS");
  EXPECT_EQ(json::parse((*events)[1].body)["detail"]["completed-phase"], "SUBMITTED");
}

TEST_F(StartBuildTest, NumbersCountPerProject) {
  create(projectInput("qq"));
  EXPECT_EQ(start()["buildNumber"], 1);
  EXPECT_EQ(start()["buildNumber"], 2);
  EXPECT_EQ(start({{"projectName", "qq"}})["buildNumber"], 1);
  EXPECT_EQ(start({{"projectName",
                    "arn:aws:codebuild:eu-west-1:000000000000:project/pp"}})["buildNumber"],
            3);
}

TEST_F(StartBuildTest, VariablesAreMergedByName) {
  ok("UpdateProject", {{"name", "pp"},
                       {"environment",
                        {{"type", "LINUX_CONTAINER"},
                         {"image", "i"},
                         {"computeType", "BUILD_GENERAL1_SMALL"},
                         {"environmentVariables",
                          {{{"name", "A"}, {"value", "1"}, {"type", "PARAMETER_STORE"}},
                           {{"name", "B"}, {"value", "2"}}}}}}});
  const json build = start({{"environmentVariablesOverride",
                             {{{"name", "A"}, {"value", "3"}}, {{"name", "C"}, {"value", ""}}}}});
  const json expected = {{{"name", "A"}, {"value", "3"}, {"type", "PLAINTEXT"}},
                         {{"name", "B"}, {"value", "2"}, {"type", "PLAINTEXT"}},
                         {{"name", "C"}, {"value", ""}, {"type", "PLAINTEXT"}}};
  EXPECT_EQ(build["environment"]["environmentVariables"], expected);
}

TEST_F(StartBuildTest, OverridesAreCheckedLikeAProject) {
  struct Row {
    json input;
    std::string message;
  };
  const Row rows[] = {
      {{{"buildspecOverride", "a: ["}}, "Invalid input: buildspec must be a valid YAML file"},
      {{{"serviceRoleOverride", "x"}}, "Invalid service role"},
      {{{"sourceTypeOverride", "GITHUB"}}, "Project source location is required"},
      {{{"environmentTypeOverride", "ARM_CONTAINER"}},
       "AWS CodeBuild curated image aws/codebuild/standard:7.0 is not supported for projects with "
       "environment "
       "type ARM_CONTAINER and compute type BUILD_GENERAL1_SMALL"},
      {{{"sourceTypeOverride", "S3"}, {"sourceLocationOverride", "b/f/"}, {"sourceVersion", "v"}},
       "Source version should be empty for S3 folder source location"},
      {{{"artifactsOverride", {{"type", "CODEPIPELINE"}}}},
       "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: "
       "CODEPIPELINE"},
      {{{"environmentVariablesOverride",
         {{{"name", "A"}, {"value", "1"}}, {{"name", "A"}, {"value", "2"}}}}},
       "Invalid environment: environment variable A is not unique"}};
  for (const Row& row : rows) {
    json input = row.input;
    input["projectName"] = "pp";
    EXPECT_EQ(refused("StartBuild", input), "InvalidInputException: " + row.message);
  }
  EXPECT_EQ(start()["buildNumber"], 1) << "a refused start takes no number";
}

TEST_F(StartBuildTest, APipelineProjectNeedsArtifacts) {
  ok("UpdateProject", {{"name", "pp"},
                       {"source", {{"type", "CODEPIPELINE"}}},
                       {"artifacts", {{"type", "CODEPIPELINE"}}}});
  EXPECT_EQ(refused("StartBuild", {{"projectName", "pp"}}),
            "InvalidInputException: ArtifactsOverride must be set when using artifacts type "
            "CodePipelines");
  start({{"artifactsOverride", {{"type", "NO_ARTIFACTS"}}},
         {"sourceTypeOverride", "NO_SOURCE"},
         {"buildspecOverride", "version: 0.2"}});
}

TEST_F(StartBuildTest, ATokenStartsOneBuildForFiveMinutes) {
  const json input = {{"projectName", "pp"}, {"idempotencyToken", "t"}};
  const json first = start(input);
  EXPECT_EQ(start(input)["id"], first["id"]);
  EXPECT_NE(start()["id"], first["id"]) << "without the token";
  json other = input;
  other["sourceVersion"] = "x";
  EXPECT_THAT(refused("StartBuild", other), HasSubstr("InvalidInputException: Parameter mismatch"));
  clock_.advance(Millis(299'999));
  EXPECT_EQ(start(input)["id"], first["id"]);
  clock_.advance(Millis(1));
  EXPECT_NE(start(input)["id"], first["id"]) << "expired";
}

TEST_F(StartBuildTest, ATokenHas64CharactersAtMost) {
  start({{"idempotencyToken", std::string(64, 't')}});
  EXPECT_THAT(
      refused("StartBuild", {{"projectName", "pp"}, {"idempotencyToken", std::string(65, 't')}}),
      HasSubstr("InvalidInputException: Invalid idempotencyToken: it has 65 characters"));
}

TEST_F(StartBuildTest, ATokenOfADeletedBuildStartsAnew) {
  const json input = {{"projectName", "pp"}, {"idempotencyToken", "t"}};
  const std::string id = start(input)["id"];
  complete(id);
  ok("BatchDeleteBuilds", {{"ids", {id}}});
  EXPECT_NE(start(input)["id"], id);
}

TEST_F(StartBuildTest, LimitsOfQueueAndProjectHold) {
  serve({.queuedBuilds = 2, .projects = 10, .concurrentBuilds = 0});
  const std::string first = start()["id"];
  start();
  EXPECT_EQ(
      refused("StartBuild", {{"projectName", "pp"}}),
      "AccountLimitExceededException: Cannot have more than 2 builds in queue for the account");
  complete(first);
  start();
  ok("UpdateProject", {{"name", "pp"}, {"concurrentBuildLimit", 2}});
  serve({});
  EXPECT_THAT(refused("StartBuild", {{"projectName", "pp"}}),
              HasSubstr("AccountLimitExceededException: "));
  EXPECT_THAT(refused("RetryBuild", {{"id", first}}), HasSubstr("AccountLimitExceededException: "));
  ok("UpdateProject", {{"name", "pp"}, {"concurrentBuildLimit", -1}});
  start();
}

TEST_F(StartBuildTest, WithoutALimitTheQueueTakesAnyNumber) {
  serve({.queuedBuilds = 0, .projects = 10, .concurrentBuilds = 0});
  for (int i = 0; i < 20; ++i) start();
}

TEST_F(StartBuildTest, SourceVersionOfTheBuildWins) {
  ok("UpdateProject", {{"name", "pp"},
                       {"source", {{"type", "GITHUB"}, {"location", "https://github.com/o/r"}}},
                       {"sourceVersion", "main"}});
  EXPECT_EQ(start()["sourceVersion"], "main");
  EXPECT_EQ(start({{"sourceVersion", "v1"}})["sourceVersion"], "v1");
  EXPECT_EQ(stored(start({{"sourceVersion", ""}})["id"]).spec.sourceVersion, "main");
}

}  // namespace
}  // namespace kiln::api
