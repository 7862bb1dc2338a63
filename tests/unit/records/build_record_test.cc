#include "store/records/build_record.h"

#include <gmock/gmock.h>

#include "tests/unit/records/sample_builds.h"

namespace kiln::store {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> keysUnder(const Build& build, const std::string& prefix) {
  std::vector<std::string> found;
  for (const std::string& key : toResource(build).meta.indexKeys) {
    if (key.starts_with(prefix)) found.push_back(key);
  }
  return found;
}

Build decodedAgain(const Build& build) {
  auto again = toBuild(toResource(build));
  EXPECT_TRUE(again.ok());
  return *again;
}

TEST(BuildRecord, TypedMembersAreAViewOfTheDocument) {
  const BuildSpec spec = sampleBuild().spec;
  EXPECT_EQ(spec.number, 5);
  EXPECT_EQ(toUnixMillis(spec.startTime), kSampleStart);
  EXPECT_EQ(spec.initiator, "MyCodeBuildDemoUser");
  EXPECT_EQ(spec.image, "aws/codebuild/standard:4.0");
  EXPECT_EQ(spec.environmentType, "LINUX_CONTAINER");
  EXPECT_EQ(spec.computeType, "BUILD_GENERAL1_SMALL");
  ASSERT_FALSE(spec.sources.empty());
  EXPECT_EQ(spec.sources.front().identifier, "");
  EXPECT_EQ(spec.sources.front().type, "S3");
  EXPECT_EQ(spec.sources.front().location, "bucket/my-input-artifact.zip");
  EXPECT_EQ(spec.sourceVersion, "main");
  EXPECT_EQ(spec.artifactsType, "NO_ARTIFACTS");
  EXPECT_EQ(spec.cacheType, "NO_CACHE");
  EXPECT_EQ(spec.encryptionKey, "arn:aws:kms:us-west-2:123456789012:alias/aws/s3");
  EXPECT_EQ(spec.logStream, sampleId().uuid);
  EXPECT_EQ(spec.timeout, Minutes(60));
  EXPECT_EQ(spec.queuedTimeout, Minutes(480));
  EXPECT_EQ(spec.autoRetryLimit, 2);
  const std::vector<EnvVar> variables = {{"K", "v", EnvVarType::kPlaintext},
                                         {"S", "my/secret:key", EnvVarType::kSecretsManager},
                                         {"P", "/my/parameter", EnvVarType::kParameterStore}};
  EXPECT_EQ(spec.environmentVariables, variables);
}

TEST(BuildRecord, EncodingWhatWasDecodedGivesTheSameBytes) {
  Build build = sampleCompleted(PhaseStatus::kFailed, {"COMMAND_EXECUTION_ERROR", "bad \xff byte"});
  build.state.sourceDirectory = "/codebuild/output/src1/src";
  build.state.resolvedImage = "kiln/build:latest";
  build.state.resolvedSourceVersion = "abc";
  build.state.exportedVariables = {{"A", "1"}, {"B", ""}};
  build.state.nextAutoRetry = "arn:next";
  build.state.artifactsCollected = true;
  build.state.artifacts = {{"", "arn:aws:s3:::b/k", "md5", "sha256"},
                           {"two", "arn:aws:s3:::b/l", "", ""}};
  build.spec.stopRequestedAt = sampleTime(7);
  build.finalizers = {std::string(kContainerFinalizer)};
  build.resourceVersion = 9;
  const Resource first = toResource(build);
  auto decoded = toBuild(first);
  ASSERT_TRUE(decoded.ok());
  const Resource second = toResource(*decoded);
  EXPECT_EQ(first.spec, second.spec);
  EXPECT_EQ(first.status, second.status);
  EXPECT_EQ(first.meta.indexKeys, second.meta.indexKeys);
  EXPECT_EQ(second.meta.finalizers, build.finalizers);
  EXPECT_EQ(second.meta.resourceVersion, 9U);
  EXPECT_EQ(second.meta.ownerRef, "my-sample-project");
  EXPECT_EQ(decoded->state.exportedVariables, build.state.exportedVariables);
  EXPECT_EQ(decoded->spec.stopRequestedAt, build.spec.stopRequestedAt);
  EXPECT_TRUE(decoded->state.artifactsCollected);
  EXPECT_EQ(decoded->state.artifacts, build.state.artifacts);
}

TEST(BuildRecord, ArtifactsOfS3AreReadThePrimaryOneFirstAndTheOthersAreNot) {
  json request = sampleRequestPart();
  request["projectArtifacts"] = json::parse(R"({"type": "S3", "location": "arn:aws:s3:::first",
    "path": "p", "namespaceType": "BUILD_ID", "name": "n", "packaging": "ZIP",
    "overrideArtifactName": true, "encryptionDisabled": true, "bucketOwnerAccess": "FULL"})");
  request["secondaryProjectArtifacts"] = json::parse(
      R"([{"type": "CODEPIPELINE", "artifactIdentifier": "no"},
          {"type": "S3", "artifactIdentifier": "two", "location": "second", "name": "m"}])");
  const Build build =
      newBuild({.id = sampleId(), .number = 1, .now = sampleTime(0), .initiator = "u"},
               sampleBuildPart(), request);
  const std::vector<ArtifactOutput> wanted = {
      {.identifier = "",
       .bucket = "first",
       .path = "p",
       .namespaceType = "BUILD_ID",
       .name = "n",
       .packaging = "ZIP",
       .overrideName = true,
       .encryptionDisabled = true,
       .bucketOwnerAccess = "FULL"},
      {.identifier = "two", .bucket = "second", .name = "m"}};
  EXPECT_EQ(build.spec.artifacts, wanted);
  EXPECT_TRUE(sampleBuild().spec.artifacts.empty());
}

TEST(BuildRecord, StopRequestIsSetAndClearedInTheDocument) {
  Build build = sampleBuild();
  build.spec.stopRequestedAt = sampleTime(1);
  build = decodedAgain(build);
  EXPECT_EQ(json::parse(build.spec.document)["control"]["stopRequestedAt"], kSampleStart + 1000);
  build.spec.stopRequestedAt.reset();
  build = decodedAgain(build);
  EXPECT_FALSE(build.spec.stopRequestedAt);
  EXPECT_FALSE(json::parse(build.spec.document)["control"].contains("stopRequestedAt"));
}

TEST(BuildRecord, LogStreamHasTheConfiguredPrefix) {
  json request = sampleRequestPart();
  request["logsConfig"]["cloudWatchLogs"]["streamName"] = "mine";
  const Build build =
      newBuild({.id = sampleId(), .number = 1, .now = sampleTime(0), .initiator = "u"},
               sampleBuildPart(), request);
  EXPECT_EQ(build.spec.logStream, "mine/" + sampleId().uuid);
}

TEST(BuildRecord, AQueuedBuildIsInEveryIndex) {
  const Build build = sampleBuild();
  const Scope& scope = build.id.scope;
  EXPECT_EQ(keysUnder(build, buildsIndex(scope)).size(), 1U);
  EXPECT_EQ(keysUnder(build, projectBuildsIndex(scope, build.id.project)).size(), 1U);
  EXPECT_EQ(keysUnder(build, activeProjectBuildsIndex(scope, build.id.project)).size(), 1U);
  EXPECT_EQ(keysUnder(build, queuedBuildsIndex(scope)).size(), 1U);
  EXPECT_EQ(keysUnder(build, std::string(kActiveBuildsIndex)).size(), 1U);
}

TEST(BuildRecord, ARunningBuildIsNoLongerQueued) {
  Build build = sampleBuild();
  advance(build, PhaseStatus::kSucceeded, {}, sampleTime(1));
  EXPECT_TRUE(keysUnder(build, queuedBuildsIndex(build.id.scope)).empty());
  EXPECT_EQ(keysUnder(build, activeProjectBuildsIndex(build.id.scope, build.id.project)).size(),
            1U);
}

TEST(BuildRecord, ACompletedBuildStaysActiveOnlyWhileItsContainerIsGuarded) {
  Build build = sampleCompleted(PhaseStatus::kSucceeded, {});
  const std::string active(kActiveBuildsIndex);
  EXPECT_TRUE(keysUnder(build, active).empty());
  EXPECT_TRUE(keysUnder(build, activeProjectBuildsIndex(build.id.scope, build.id.project)).empty());
  EXPECT_EQ(keysUnder(build, buildsIndex(build.id.scope)).size(), 1U);
  build.finalizers = {std::string(kContainerFinalizer), std::string(kLogFinalizer)};
  EXPECT_EQ(keysUnder(build, active).size(), 1U);
  build.finalizers = {std::string(kLogFinalizer)};
  EXPECT_TRUE(keysUnder(build, active).empty());
}

TEST(BuildRecord, ADeletedBuildIsInNoListButStaysActive) {
  Build build = sampleCompleted(PhaseStatus::kSucceeded, {});
  build.deleted = true;
  build.deletedAt = sampleTime(60);
  const Resource resource = toResource(build);
  EXPECT_EQ(resource.meta.deletedAt, sampleTime(60));
  EXPECT_THAT(resource.meta.indexKeys, testing::SizeIs(1));
  EXPECT_THAT(resource.meta.indexKeys, Each(StartsWith(std::string(kActiveBuildsIndex))));
  EXPECT_TRUE(decodedAgain(build).deleted);
}

TEST(BuildRecord, IndexKeysSortByStartAndByNumber) {
  auto make = [](std::int64_t number, std::int64_t second) {
    BuildId id = sampleId();
    id.uuid = newUuid();
    return newBuild({.id = id, .number = number, .now = sampleTime(second), .initiator = "u"},
                    sampleBuildPart(), sampleRequestPart());
  };
  const Scope scope = sampleId().scope;
  const auto byTime = [&](const Build& b) { return keysUnder(b, buildsIndex(scope)).front(); };
  const auto byNumber = [&](const Build& b) {
    return keysUnder(b, projectBuildsIndex(scope, b.id.project)).front();
  };
  const Build ninth = make(9, 100), tenth = make(10, 50), hundredth = make(100, 100);
  EXPECT_LT(byTime(tenth), byTime(ninth));
  EXPECT_LT(byTime(ninth), byTime(hundredth)) << "the same instant: by number";
  EXPECT_LT(byNumber(ninth), byNumber(tenth));
  EXPECT_LT(byNumber(tenth), byNumber(hundredth));
}

TEST(BuildRecord, TextThatIsNoBuildIsCorrupt) {
  const Resource good = toResource(sampleBuild());
  const std::vector<std::pair<const char*, std::function<void(Resource&)>>> damages = {
      {"spec is not JSON", [](Resource& r) { r.spec = "{"; }},
      {"spec has no build", [](Resource& r) { r.spec = "{}"; }},
      {"start time is a text",
       [](Resource& r) { r.spec = R"({"build":{"buildNumber":1,"startTime":"x"},"request":{}})"; }},
      {"status is not JSON", [](Resource& r) { r.status = "nope"; }},
      {"status has no phases",
       [](Resource& r) { r.status = R"({"outcome":"FAILED","phases":[]})"; }},
      {"unknown phase",
       [](Resource& r) {
         r.status = R"({"outcome":"FAILED","phases":[{"phase":"X","start":1}]})";
       }},
      {"unknown outcome",
       [](Resource& r) {
         r.status = R"({"outcome":"X","phases":[{"phase":"QUEUED","start":1}]})";
       }},
      {"name without uuid", [](Resource& r) { r.meta.key.name = "p:1"; }},
      {"another kind", [](Resource& r) { r.meta.key.kind = "project"; }}};
  for (const auto& [what, damage] : damages) {
    Resource bad = good;
    damage(bad);
    auto build = toBuild(bad);
    ASSERT_FALSE(build.ok()) << what;
    EXPECT_EQ(build.error().code, Code::kCorrupt) << what;
    EXPECT_THAT(build.error().message, HasSubstr("build")) << what;
  }
}

}  // namespace
}  // namespace kiln::store
