#include "store/records/new_build.h"

#include <gtest/gtest.h>

#include "store/records/build_artifacts.h"
#include "tests/unit/records/sample_builds.h"

namespace kiln::store {
namespace {

using nlohmann::json;

const std::string kOther = "11111111-2222-4333-8444-555555555555";

json buildOf(const Build& build) { return json::parse(build.spec.document).at("build"); }

json artifactsOf(const json& artifacts) {
  json request = sampleRequestPart();
  request["projectArtifacts"] = artifacts;
  return buildOf(newBuild({.id = sampleId(), .number = 1, .now = sampleTime(0), .initiator = "u"},
                          sampleBuildPart(), request))["artifacts"];
}

TEST(NewBuild, StartsQueuedWithSubmittedDone) {
  const Build build = sampleBuild();
  EXPECT_EQ(build.phase(), Phase::kQueued);
  EXPECT_EQ(build.state.outcome, BuildStatus::kInProgress);
  EXPECT_EQ(build.state.phases.front().end, sampleTime(0));
  EXPECT_EQ(buildOf(build)["projectName"], "my-sample-project");
  EXPECT_DOUBLE_EQ(buildOf(build)["startTime"].get<double>(), 1504282349.123);
}

TEST(NewBuild, ArtifactLocationFollowsPathNamespaceAndName) {
  const std::string base = "arn:aws:s3:::bucket/";
  const std::string uuid = sampleId().uuid;
  struct Row {
    const char* artifacts;
    std::string location;
  };
  const Row rows[] = {
      {R"({"path":"MyArtifacts","namespaceType":"NONE","name":"MyArtifact.zip"})",
       "MyArtifacts/MyArtifact.zip"},
      {R"({"path":"MyArtifacts","namespaceType":"BUILD_ID","name":"MyArtifact.zip"})",
       "MyArtifacts/" + uuid + "/MyArtifact.zip"},
      {R"({"path":"","namespaceType":"BUILD_ID","name":"n"})", uuid + "/n"},
      {R"({"path":"/a/b/","namespaceType":"NONE","name":"n"})", "a/b/n"},
      {R"({"path":"MyArtifacts","namespaceType":"BUILD_ID","name":"/"})",
       "MyArtifacts/" + uuid + "/"},
      {R"({"path":"","namespaceType":"NONE","name":"/"})", ""},
      {R"({})", "my-sample-project"}};
  for (const Row& row : rows) {
    json artifacts = json::parse(row.artifacts);
    artifacts["type"] = "S3";
    artifacts["location"] = "bucket";
    EXPECT_EQ(artifactsOf(artifacts)["location"], base + row.location) << row.artifacts;
    artifacts["location"] = "arn:aws:s3:::bucket";
    EXPECT_EQ(artifactsOf(artifacts)["location"], base + row.location) << row.artifacts;
  }
  EXPECT_EQ(artifactsOf({{"type", "NO_ARTIFACTS"}}), json({{"location", ""}}));
  EXPECT_EQ(artifactsOf({{"type", "CODEPIPELINE"}, {"name", "p"}}), json({{"location", ""}}));
}

TEST(NewBuild, WhatTheUploadHasToldIsShownOfItsArtifactAlone) {
  Build build = sampleBuild();
  build.state.artifacts = {{"two", "arn:aws:s3:::b/k", "0a", "0b"}};
  json primary = {{"location", "arn:aws:s3:::bucket/n"}};
  json second = {{"location", "arn:aws:s3:::b/"}, {"artifactIdentifier", "two"}};
  addUploaded(primary, build);
  addUploaded(second, build);
  EXPECT_EQ(primary, json({{"location", "arn:aws:s3:::bucket/n"}}));
  EXPECT_EQ(second, json({{"location", "arn:aws:s3:::b/k"},
                          {"artifactIdentifier", "two"},
                          {"md5sum", "0a"},
                          {"sha256sum", "0b"}}));
}

TEST(NewBuild, ARetryKeepsTheSettingsAndPinsTheSource) {
  Build original = sampleCompleted(PhaseStatus::kFailed, {"C", "m"});
  original.state.resolvedSourceVersion = "0123abc";
  original.spec.stopRequestedAt = sampleTime(9);
  BuildId id = sampleId();
  id.uuid = kOther;
  const Build retry =
      retryOf(original, {.id = id, .number = 6, .now = sampleTime(100), .initiator = "someone"});
  EXPECT_EQ(retry.id.uuid, kOther);
  EXPECT_EQ(retry.spec.number, 6);
  EXPECT_EQ(retry.spec.initiator, "someone");
  EXPECT_EQ(retry.spec.sourceVersion, "0123abc");
  EXPECT_EQ(retry.spec.environmentVariables, original.spec.environmentVariables);
  EXPECT_FALSE(retry.spec.stopRequestedAt);
  EXPECT_EQ(retry.phase(), Phase::kQueued);
  EXPECT_EQ(retry.spec.logStream, kOther);
  EXPECT_EQ(retry.spec.autoRetryNumber, 0);
  EXPECT_FALSE(buildOf(retry)["autoRetryConfig"].contains("previousAutoRetry"));
}

TEST(NewBuild, AnAutoRetryCountsAndNamesItsPredecessor) {
  const Build original = sampleCompleted(PhaseStatus::kFailed, {"C", "m"});
  const Build retry = autoRetryOf(original, kOther, 6, sampleTime(100));
  EXPECT_EQ(buildOf(retry)["autoRetryConfig"], json({{"autoRetryLimit", 2},
                                                     {"autoRetryNumber", 1},
                                                     {"previousAutoRetry", original.id.arn()}}));
  EXPECT_EQ(retry.spec.initiator, "builder/AWSCodeBuild-" + original.id.uuid);
  EXPECT_EQ(retry.spec.autoRetryLimit, 2);
  EXPECT_EQ(autoRetryOf(retry, newUuid(), 7, sampleTime(101)).spec.autoRetryNumber, 2);
}

TEST(NewBuild, OnlyFailedBuildsWithRetriesLeftAreRetried) {
  Build failed = sampleCompleted(PhaseStatus::kFailed, {"C", "m"});
  EXPECT_TRUE(wantsAutoRetry(failed));
  EXPECT_FALSE(wantsAutoRetry(sampleBuild()));
  EXPECT_FALSE(wantsAutoRetry(sampleCompleted(PhaseStatus::kSucceeded, {})));
  EXPECT_FALSE(wantsAutoRetry(sampleCompleted(PhaseStatus::kFault, {"C", "m"})));
  Build stopped = sampleBuild();
  stop(stopped, sampleTime(1));
  EXPECT_FALSE(wantsAutoRetry(stopped));
  failed.spec.initiator = "codepipeline/p";
  EXPECT_FALSE(wantsAutoRetry(failed));
  failed.spec.initiator = "u";
  failed.spec.autoRetryNumber = 2;
  EXPECT_FALSE(wantsAutoRetry(failed));
}

}  // namespace
}  // namespace kiln::store
