// RunRequest: what `kiln run` was asked for, checked and put together, and the build that is made of it.
//
// Values. Failure: kInvalidArgument in a sentence that names the option.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/cli/server_address.h"
#include "controller/core/build.h"
#include "controller/core/clock.h"
#include "controller/core/result.h"

namespace kiln::cli {

// The options as they were given.
struct RunOptions {
  std::string directory = ".";
  std::string image;  // empty: the settings' fallback image
  std::string computeType = "BUILD_GENERAL1_SMALL";
  std::string buildspec;
  std::string artifacts;
  std::vector<std::string> environment;
  std::vector<std::string> environmentFiles;
  std::vector<std::string> secondary;
  int timeout = 60;  // minutes
  bool privileged = false;
};

struct RunRequest {
  std::filesystem::path directory;  // absolute, without links
  std::string project;
  std::string
      buildspec;  // as a project would have it: empty, inline, a path below the directory, or an ARN
  std::vector<EnvVar> environment;
  std::vector<std::pair<std::string, std::filesystem::path>> secondary;
  std::optional<std::filesystem::path> artifacts;
  std::vector<std::string> artifactIdentifiers;  // the buildspec's secondary artifacts
  std::string image;
  std::string computeType;
  bool privileged = false;
  Minutes timeout{60};
};

// Reads files, changes none. A --env beats every --env-file, a later one an earlier one.
Result<RunRequest> toRequest(const RunOptions& options, const Environment& here);

// The directory's last name by CodeBuild's rules for a project's: letters, digits, - and _, 2 to 150 of them, no - or _ first.
std::string projectNameFor(const std::filesystem::path& directory);

struct RunContext {
  Scope scope;
  TimePoint now;
  std::string architecture;  // the engine's
  std::string user;          // who runs it
  std::string fallbackImage;
  bool keepForShell = false;  // the container stays until kShellFinalizer is dropped
};
Build toBuild(const RunRequest& request, const RunContext& context);

}  // namespace kiln::cli
