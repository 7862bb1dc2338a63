// What the model can say is stored and comes back member for member.
#include <fstream>

#include "tests/unit/codebuild/codebuild_fixture.h"

namespace kiln::api {
namespace {

// A value with every member that the model's shape has, each list with one element.
class Largest {
 public:
  Largest()
      : shapes_(json::parse(
            std::ifstream(std::string(KILN_SOURCE_DIR) + "/api/model/codebuild.json"))["shapes"]) {}

  json of(const std::string& shapeName) const {
    static const json kPlain = json::object();
    auto found = shapes_.find(shapeName);
    const json& shape = found == shapes_.end() ? kPlain : *found;
    const std::string type = shape.value("type", "string");
    if (type == "structure") return structure(shape);
    if (type == "list") return json::array({of(shape["member"])});
    if (type == "integer" || type == "long") return shape.value("min", 7);
    if (type == "boolean") return true;
    if (shape.contains("enum")) return shape["enum"][0];
    return "a" + shapeName;
  }

 private:
  json structure(const json& shape) const {
    json value = json::object();
    for (const auto& [name, member] : shape["members"].items()) value[name] = of(member);
    return value;
  }

  json shapes_;
};

const json kSource = {
    {"type", "GITHUB"}, {"location", "https://github.com/o/r"}, {"sourceIdentifier", "one"}};
const json kArtifacts = {{"type", "S3"}, {"artifactIdentifier", "one"}};
const json kRole = "arn:aws:iam::000000000000:role/r";

// Everything of the model, with the few values that must fit together.
json largestProject() {
  json input = Largest().of("CreateProjectInput");
  input.merge_patch({{"name", "pp"},
                     {"serviceRole", kRole},
                     {"source", kSource},
                     {"artifacts", kArtifacts},
                     {"cache", {{"type", "S3"}}},
                     {"environment",
                      {{"type", "LINUX_CONTAINER"},
                       {"computeType", "BUILD_GENERAL1_SMALL"},
                       {"imagePullCredentialsType", "SERVICE_ROLE"}}}});
  input["secondarySources"][0].merge_patch(kSource);
  input["secondarySourceVersions"][0]["sourceIdentifier"] = "one";
  input["secondaryArtifacts"][0].merge_patch(kArtifacts);
  return input;
}

class EchoTest : public CodebuildTest {
 protected:
  EchoTest() {  // auth of type OAUTH, the first of its enum, needs them
    ok("ImportSourceCredentials",
       {{"serverType", "GITHUB"}, {"authType", "PERSONAL_ACCESS_TOKEN"}, {"token", "t"}});
  }
};

TEST_F(EchoTest, EveryMemberOfAProject) {
  const json input = largestProject();
  ASSERT_EQ(input.size(), 22U);
  const json got = create(input);
  for (const auto& [name, value] : input.items()) {
    if (name == "badgeEnabled") {
      EXPECT_EQ(got["badge"]["badgeEnabled"], true);
    } else {
      EXPECT_EQ(got.value(name, json()), value) << name;
    }
  }
  EXPECT_EQ(project(), got);
}

TEST_F(EchoTest, EveryMemberOfAnUpdate) {
  create(projectInput());
  const json input = largestProject();
  const json got = ok("UpdateProject", input)["project"];
  for (const auto& [name, value] : input.items()) {
    if (name == "badgeEnabled") continue;
    EXPECT_EQ(got.value(name, json()), value) << name;
  }
}

TEST_F(EchoTest, EveryMemberOfTheProjectThatABuildHas) {
  const json given = create(largestProject());
  const json got = start();
  for (const char* name :
       {"source", "sourceVersion", "secondarySources", "secondarySourceVersions", "cache",
        "environment", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes", "vpcConfig",
        "encryptionKey", "fileSystemLocations"}) {
    EXPECT_EQ(got.value(name, json()), given[name]) << name;
  }
  EXPECT_EQ(got["logs"]["cloudWatchLogs"], given["logsConfig"]["cloudWatchLogs"]);
  EXPECT_EQ(got["logs"]["s3Logs"], given["logsConfig"]["s3Logs"]);
  EXPECT_EQ(got["autoRetryConfig"], json({{"autoRetryLimit", 7}, {"autoRetryNumber", 0}}));
}

struct Place {
  const char* input;
  const char* pointer;  // in the build
};

// All 33 inputs of StartBuild, less those that show nowhere (names, tokens and artifacts have their own tests).
constexpr Place kPlaces[] = {
    {"sourceVersion", "/sourceVersion"},
    {"secondarySourcesOverride", "/secondarySources"},
    {"secondarySourcesVersionOverride", "/secondarySourceVersions"},
    {"sourceTypeOverride", "/source/type"},
    {"sourceLocationOverride", "/source/location"},
    {"sourceAuthOverride", "/source/auth"},
    {"gitCloneDepthOverride", "/source/gitCloneDepth"},
    {"gitSubmodulesConfigOverride", "/source/gitSubmodulesConfig"},
    {"buildspecOverride", "/source/buildspec"},
    {"insecureSslOverride", "/source/insecureSsl"},
    {"reportBuildStatusOverride", "/source/reportBuildStatus"},
    {"buildStatusConfigOverride", "/source/buildStatusConfig"},
    {"environmentTypeOverride", "/environment/type"},
    {"imageOverride", "/environment/image"},
    {"computeTypeOverride", "/environment/computeType"},
    {"certificateOverride", "/environment/certificate"},
    {"privilegedModeOverride", "/environment/privilegedMode"},
    {"registryCredentialOverride", "/environment/registryCredential"},
    {"imagePullCredentialsTypeOverride", "/environment/imagePullCredentialsType"},
    {"fleetOverride", "/environment/fleet"},
    {"environmentVariablesOverride", "/environment/environmentVariables"},
    {"cacheOverride", "/cache"},
    {"serviceRoleOverride", "/serviceRole"},
    {"timeoutInMinutesOverride", "/timeoutInMinutes"},
    {"queuedTimeoutInMinutesOverride", "/queuedTimeoutInMinutes"},
    {"encryptionKeyOverride", "/encryptionKey"},
    {"debugSessionEnabled", "/debugSession/sessionEnabled"},
    {"autoRetryLimitOverride", "/autoRetryConfig/autoRetryLimit"}};

TEST_F(EchoTest, EveryOverrideOfABuild) {
  create(projectInput());
  json input = Largest().of("StartBuildInput");
  ASSERT_EQ(input.size(), 33U);
  input.merge_patch({{"projectName", "pp"},
                     {"sourceTypeOverride", "GITHUB"},
                     {"sourceLocationOverride", kSource["location"]},
                     {"artifactsOverride", kArtifacts},
                     {"cacheOverride", {{"type", "S3"}}},
                     {"serviceRoleOverride", kRole},
                     {"environmentTypeOverride", "LINUX_CONTAINER"},
                     {"imagePullCredentialsTypeOverride", "SERVICE_ROLE"}});
  input["secondarySourcesOverride"][0].merge_patch(kSource);
  input["secondarySourcesVersionOverride"][0]["sourceIdentifier"] = "one";
  input["secondaryArtifactsOverride"][0].merge_patch(kArtifacts);
  const json got = start(input);
  for (const Place& place : kPlaces) {
    const json::json_pointer pointer(place.pointer);
    EXPECT_EQ(got.contains(pointer) ? got[pointer] : json(), input[place.input]) << place.input;
  }
  EXPECT_EQ(got["logs"]["cloudWatchLogs"], input["logsConfigOverride"]["cloudWatchLogs"]);
  EXPECT_EQ(got["secondaryArtifacts"][0]["artifactIdentifier"], "one");
  EXPECT_EQ(got["artifacts"]["bucketOwnerAccess"], "NONE");
  EXPECT_EQ(project()["source"]["type"], "NO_SOURCE");
}

}  // namespace
}  // namespace kiln::api
