// The build that the tests of phase plans start from.
#pragma once

#include <string>

#include "controller/core/build.h"

namespace kiln::runtime {

inline const std::string kPlainBuildspec =
    "version: 0.2\nphases:\n  build:\n    commands:\n      - echo hello\n";

inline Build buildWith(const std::string& buildspec) {
  Build build;
  build.id = {{"123456789012", "eu-west-1"}, "app", "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"};
  build.spec.document = R"({"serviceRole":"arn:aws:iam::123456789012:role/builder"})";
  build.spec.number = 7;
  build.spec.startTime = fromUnixMillis(1764646834299);
  build.spec.initiator = "someone";
  build.spec.image = "aws/codebuild/standard:7.0";
  build.spec.artifactsType = "NO_ARTIFACTS";
  build.spec.cacheType = "NO_CACHE";
  build.spec.buildspec = buildspec;
  build.spec.encryptionKey = "arn:aws:kms:eu-west-1:123456789012:alias/aws/s3";
  build.spec.logStream = "logs/0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d";
  build.state = submitted(build.spec.startTime);
  return build;
}

}  // namespace kiln::runtime
