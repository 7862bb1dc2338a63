// Where a build's log is, in AWS's words (facts §4.5): the group and stream in CloudWatch Logs, the object in S3.
//
// Pure; any thread.
#pragma once

#include <span>
#include <string>

#include "controller/core/build.h"

namespace kiln::store {

struct LogPlaces {
  std::string group;  // empty when CloudWatch Logs are switched off for the build
  std::string stream;
  std::string s3Path;  // `bucket/prefix/<uuid>.gz`; empty when S3 logs are off
  bool s3EncryptionDisabled = false;
  std::string s3OwnerAccess;  // NONE, READ_ONLY, FULL

  bool any() const { return !group.empty() || !s3Path.empty(); }
};

LogPlaces logPlaces(const Build& build);

// The stream is made in PROVISIONING; a build that has not come so far shows no place.
bool logsBegan(std::span<const PhaseRecord> phases);

}  // namespace kiln::store
