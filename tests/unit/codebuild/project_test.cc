#include "tests/unit/codebuild/codebuild_fixture.h"

namespace kiln::api {
namespace {

using testing::HasSubstr;

class ProjectTest : public CodebuildTest {};

TEST_F(ProjectTest, ASmallProjectComesBackWithAllDefaults) {
  json expected = projectInput();
  expected.update({{"arn", "arn:aws:codebuild:eu-west-1:000000000000:project/pp"},
                   {"description", ""},
                   {"secondarySources", json::array()},
                   {"secondarySourceVersions", json::array()},
                   {"secondaryArtifacts", json::array()},
                   {"cache", {{"type", "NO_CACHE"}}},
                   {"timeoutInMinutes", 60},
                   {"queuedTimeoutInMinutes", 480},
                   {"encryptionKey", "arn:aws:kms:eu-west-1:000000000000:alias/aws/s3"},
                   {"tags", json::array()},
                   {"badge", {{"badgeEnabled", false}}},
                   {"projectVisibility", "PRIVATE"},
                   {"created", 1764646834.299},
                   {"lastModified", 1764646834.299}});
  expected["source"]["insecureSsl"] = false;
  expected["environment"].update({{"environmentVariables", json::array()},
                                  {"privilegedMode", false},
                                  {"imagePullCredentialsType", "CODEBUILD"}});
  expected["logsConfig"] = {{"cloudWatchLogs", {{"status", "ENABLED"}}},
                            {"s3Logs", {{"status", "DISABLED"}, {"encryptionDisabled", false}}}};
  EXPECT_EQ(create(projectInput()), expected);
  EXPECT_EQ(project(), expected);
}

TEST_F(ProjectTest, S3ArtifactsHaveTheirDefaults) {
  json input = projectInput();
  input["artifacts"] = {{"type", "S3"}, {"location", "bucket"}};
  const json expected = {{"type", "S3"},
                         {"location", "bucket"},
                         {"path", ""},
                         {"namespaceType", "NONE"},
                         {"name", "pp"},
                         {"packaging", "NONE"},
                         {"overrideArtifactName", false},
                         {"encryptionDisabled", false}};
  EXPECT_EQ(create(input)["artifacts"], expected);
}

TEST_F(ProjectTest, VariablesWithoutTypeArePlaintext) {
  json input = projectInput();
  input["environment"]["environmentVariables"] = {{{"name", "A"}, {"value", ""}}};
  const json expected = {{{"name", "A"}, {"value", ""}, {"type", "PLAINTEXT"}}};
  EXPECT_EQ(create(input)["environment"]["environmentVariables"], expected);
}

TEST_F(ProjectTest, ABadgeHasAUrlThatStays) {
  json input = projectInput();
  input["badgeEnabled"] = true;
  const json badge = create(input)["badge"];
  EXPECT_THAT(
      badge["badgeRequestUrl"].get<std::string>(),
      testing::MatchesRegex(
          "https://codebuild.eu-west-1.amazonaws.com/badges\\?uuid=[A-Za-z0-9+/=]+&branch=master"));
  ok("UpdateProject", {{"name", "pp"}, {"badgeEnabled", true}, {"description", "x"}});
  EXPECT_EQ(project()["badge"], badge);
  EXPECT_EQ(ok("UpdateProject", {{"name", "pp"}, {"badgeEnabled", false}})["project"]["badge"],
            json({{"badgeEnabled", false}}));
}

TEST_F(ProjectTest, UpdateReplacesWhatIsGivenAndKeepsTheRest) {
  json input = projectInput();
  input["artifacts"] = {{"type", "S3"}, {"location", "bucket"}, {"path", "x"}};
  input["tags"] = {{{"key", "a"}, {"value", "b"}}};
  const json before = create(input);
  clock_.advance(Seconds(5));
  ok("UpdateProject", {{"name", "pp"},
                       {"artifacts", {{"type", "S3"}, {"location", "other"}}},
                       {"tags", json::array()}});
  json expected = before;
  expected["artifacts"]["location"] = "other";
  expected["artifacts"]["path"] = "";
  expected["tags"] = json::array();
  expected["lastModified"] = 1764646839.299;
  EXPECT_EQ(project(), expected);
}

TEST_F(ProjectTest, EmptyVpcAndMinusOneRemove) {
  json input = projectInput();
  input["vpcConfig"] = {{"vpcId", "v"}, {"subnets", {"s"}}, {"securityGroupIds", {"g"}}};
  input["concurrentBuildLimit"] = 3;
  input["sourceVersion"] = "main";
  const json before = create(input);
  EXPECT_EQ(before["vpcConfig"], input["vpcConfig"]);
  EXPECT_EQ(before["concurrentBuildLimit"], 3);
  const json after = ok("UpdateProject", {{"name", "pp"},
                                          {"vpcConfig", json::object()},
                                          {"concurrentBuildLimit", -1},
                                          {"sourceVersion", ""}})["project"];
  for (const char* gone : {"vpcConfig", "concurrentBuildLimit", "sourceVersion"}) {
    EXPECT_FALSE(after.contains(gone)) << gone;
  }
}

TEST_F(ProjectTest, DuplicateAndUnknownNamesAreRefused) {
  create(projectInput());
  EXPECT_EQ(refused("CreateProject", projectInput()),
            "ResourceAlreadyExistsException: Project already exists: "
            "arn:aws:codebuild:eu-west-1:000000000000:project/pp");
  const std::string unknown =
      "ResourceNotFoundException: Project cannot be found: "
      "arn:aws:codebuild:eu-west-1:000000000000:project/q";
  EXPECT_EQ(refused("UpdateProject", {{"name", "q"}}), unknown);
  EXPECT_EQ(refused("StartBuild", {{"projectName", "q"}}), unknown);
  EXPECT_EQ(refused("InvalidateProjectCache", {{"projectName", "q"}}), unknown);
  EXPECT_EQ(refused("ListBuildsForProject", {{"projectName", "q"}}),
            "ResourceNotFoundException: The provided project "
            "arn:aws:codebuild:eu-west-1:000000000000:project/q does not exist");
  EXPECT_EQ(
      refused("StartBuild", {{"projectName", "a b"}}),
      "InvalidInputException: Only alphanumeric characters, dash, and underscore are supported");
}

TEST_F(ProjectTest, NamesAreTwoScopesApart) {
  create(projectInput());
  const JsonAnswer other =
      service_->call("BatchGetProjects", R"({"names":["pp"]})",
                     {.scope = {"000000000000", "us-east-1"}, .requestId = "r", .principal = "t"});
  EXPECT_EQ(json::parse(other.body)["projectsNotFound"], json({"pp"}));
}

TEST_F(ProjectTest, BatchGetAnswersInTheOrderAskedEachOnce) {
  for (const char* name : {"aa", "bb"}) create(projectInput(name));
  const std::string arn = "arn:aws:codebuild:eu-west-1:000000000000:project/aa";
  const json got = ok("BatchGetProjects", {{"names", {"bb", "nn", arn, "aa", "x y"}}});
  ASSERT_EQ(got["projects"].size(), 2U);
  EXPECT_EQ(got["projects"][0]["name"], "bb");
  EXPECT_EQ(got["projects"][1]["name"], "aa");
  EXPECT_EQ(got["projectsNotFound"], json({"nn", "x y"}));
}

TEST_F(ProjectTest, ListsSortByNameCreationAndChange) {
  for (const char* name : {"bb", "aa", "cc"}) {
    create(projectInput(name));
    clock_.advance(Seconds(1));
  }
  ok("UpdateProject", {{"name", "bb"}, {"description", "x"}});
  auto list = [&](const json& input) { return ok("ListProjects", input)["projects"]; };
  EXPECT_EQ(list(json::object()), json({"aa", "bb", "cc"}));
  EXPECT_EQ(list({{"sortOrder", "DESCENDING"}}), json({"cc", "bb", "aa"}));
  EXPECT_EQ(list({{"sortBy", "CREATED_TIME"}}), json({"bb", "aa", "cc"}));
  EXPECT_EQ(list({{"sortBy", "LAST_MODIFIED_TIME"}}), json({"aa", "cc", "bb"}));
}

TEST_F(ProjectTest, DeletingIsIdempotentAndKeepsTheBuildCounter) {
  EXPECT_EQ(ok("DeleteProject", {{"name", "pp"}}), json::object());
  create(projectInput());
  const std::string done = start()["id"], running = start()["id"];
  complete(done);
  EXPECT_EQ(ok("DeleteProject", {{"name", "pp"}}), json::object());
  EXPECT_EQ(ok("BatchGetBuilds", {{"ids", {done, running}}})["buildsNotFound"],
            json({done, running}));
  EXPECT_EQ(ok("ListBuilds", json::object())["ids"], json::array());
  EXPECT_FALSE(*store_->find(BuildId::parse(scope_, done)->key()))
      << "nothing held the finished one";
  EXPECT_TRUE(stored(running).deleted) << "the controller cleans up";
  create(projectInput());
  EXPECT_EQ(start()["buildNumber"], 3);
}

TEST_F(ProjectTest, DeletingTakesBuildsOfSeveralChunks) {
  create(projectInput());
  for (int i = 0; i < 430; ++i) start();
  ok("DeleteProject", {{"name", "pp"}});
  EXPECT_EQ(ok("ListBuilds", json::object())["ids"], json::array());
  EXPECT_EQ(ok("ListProjects", json::object())["projects"], json::array());
}

TEST_F(ProjectTest, InvalidateProjectCacheChangesOnlyTheGeneration) {
  const json before = create(projectInput());
  EXPECT_EQ(ok("InvalidateProjectCache", {{"projectName", "pp"}}), json::object());
  EXPECT_EQ(project(), before);
  const Build build = stored(start()["id"]);
  EXPECT_EQ(json::parse(build.spec.document)["request"]["cacheGeneration"], 1);
}

TEST_F(ProjectTest, AccountLimitsHold) {
  serve({.queuedBuilds = 10, .projects = 1, .concurrentBuilds = 4});
  json input = projectInput();
  input["concurrentBuildLimit"] = 5;
  EXPECT_EQ(
      refused("CreateProject", input),
      "InvalidInputException: Project-level concurrent build limit cannot exceed the account-level "
      "concurrent build limit of 4.");
  create(projectInput());
  EXPECT_THAT(refused("CreateProject", projectInput("qq")),
              HasSubstr("AccountLimitExceededException: "));
}

TEST_F(ProjectTest, CuratedImagesAreListed) {
  const json platforms = ok("ListCuratedEnvironmentImages", json::object())["platforms"];
  EXPECT_EQ(platforms[0]["platform"], "UBUNTU");
  EXPECT_EQ(platforms[0]["languages"][0]["language"], "BASE");
  EXPECT_THAT(platforms.dump(), HasSubstr("aws/codebuild/standard:7.0"));
  EXPECT_THAT(platforms.dump(),
              HasSubstr("aws/codebuild/amazonlinux-aarch64-lambda-standard:python3.12"));
}

}  // namespace
}  // namespace kiln::api
