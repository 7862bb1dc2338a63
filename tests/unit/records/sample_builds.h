// Builds for the tests of the records: one of 1 September 2017, as in AWS's own samples.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "controller/core/build.h"
#include "store/records/new_build.h"

namespace kiln::store {

inline constexpr std::int64_t kSampleStart = 1'504'282'349'123;  // Sep 1, 2017 4:12:29.123 PM UTC
inline TimePoint sampleTime(std::int64_t secondsLater) {
  return fromUnixMillis(kSampleStart + secondsLater * 1000);
}

inline BuildId sampleId() {
  return {
      {"123456789012", "us-west-2"}, "my-sample-project", "8745a7a9-c340-456a-9166-edf953571bee"};
}

inline nlohmann::json sampleBuildPart() {
  return nlohmann::json::parse(R"({
    "source": {"type": "S3", "location": "bucket/my-input-artifact.zip", "gitCloneDepth": 1,
               "gitSubmodulesConfig": {"fetchSubmodules": false}, "insecureSsl": false},
    "sourceVersion": "main",
    "cache": {"type": "NO_CACHE"},
    "environment": {"image": "aws/codebuild/standard:4.0", "privilegedMode": false,
      "imagePullCredentialsType": "CODEBUILD", "computeType": "BUILD_GENERAL1_SMALL", "type": "LINUX_CONTAINER",
      "environmentVariables": [{"name": "K", "value": "v", "type": "PLAINTEXT"},
                               {"name": "S", "value": "my/secret:key", "type": "SECRETS_MANAGER"},
                               {"name": "P", "value": "/my/parameter", "type": "PARAMETER_STORE"}]},
    "serviceRole": "arn:aws:iam::123456789012:role/service-role/builder",
    "timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480,
    "encryptionKey": "arn:aws:kms:us-west-2:123456789012:alias/aws/s3",
    "autoRetryConfig": {"autoRetryLimit": 2, "autoRetryNumber": 0}})");
}

inline nlohmann::json sampleRequestPart() {
  return nlohmann::json::parse(R"({
    "projectArtifacts": {"type": "NO_ARTIFACTS"}, "secondaryProjectArtifacts": [],
    "logsConfig": {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "DISABLED"}}})");
}

inline Build sampleBuild() {
  return newBuild(
      {.id = sampleId(), .number = 5, .now = sampleTime(0), .initiator = "MyCodeBuildDemoUser"},
      sampleBuildPart(), sampleRequestPart());
}

// Through every phase; BUILD ends as `status` with `context`.
inline Build sampleCompleted(PhaseStatus status, const PhaseContext& context) {
  Build build = sampleBuild();
  for (std::int64_t second = 1; !build.complete(); ++second) {
    const bool failing = build.phase() == Phase::kBuild;
    advance(build, failing ? status : PhaseStatus::kSucceeded, failing ? context : PhaseContext{},
            sampleTime(second * 2));
  }
  return build;
}

}  // namespace kiln::store
