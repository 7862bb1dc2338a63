// A parsed buildspec, version 0.2 and 0.1 (facts §1.2, §1.3): what Kiln acts on, and what it has to say about the rest.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/phase.h"
#include "controller/core/result.h"
#include "runtime/buildspec/buildspec_artifacts.h"

namespace kiln::runtime {

struct BuildspecPhase {
  std::vector<std::string> commands;
  std::vector<std::string> finallyCommands;
};

// A variable whose value is a reference: a parameter's name, or `secret-id:json-key:version-stage:version-id` (facts §1.4).
struct BuildspecReference {
  std::string name;
  std::string reference;
};

struct Buildspec {
  std::string version;                                         // "0.2" or "0.1"
  std::string shell = "/bin/sh";                               // env.shell
  std::vector<std::pair<std::string, std::string>> variables;  // in file order, each name once
  std::vector<BuildspecReference> parameterStore;              // env.parameter-store
  std::vector<BuildspecReference> secretsManager;              // env.secrets-manager
  std::map<Phase, BuildspecPhase> phases;                      // only those that are there
  std::optional<BuildspecArtifacts> artifacts;                 // when the section is there
  bool hasCache = false;  // the section is there; Kiln does not act on it yet
  bool hasRuntimeVersions = false;
  // Log lines: "Found possible syntax errors in buildspec: " and its kin (facts §4.4), each to be printed as one agent line.
  std::vector<std::string> warnings;

  // Version 0.1 carries neither directory nor variables from one command to the next (facts §1.3).
  bool isolated() const { return version == "0.1"; }
};

// The message of the YAML_FILE_ERROR (facts §1.2, §2.4).
struct BuildspecError {
  std::string message;
};

Result<Buildspec, BuildspecError> parseBuildspec(std::string_view text);

// Is this text itself a buildspec, or the name of one (facts §1.1)?
enum class BuildspecForm { kAbsent, kInline, kPath, kS3Arn };
BuildspecForm formOf(std::string_view buildspec);

}  // namespace kiln::runtime
