// The environment of a build's commands (facts §3.1, §3.3) and the credentials that its SDKs find through it.
// Pure values: the same build gives the same environment, so that a plan sent again is the same plan.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/build.h"
#include "runtime/agent/protocol.h"
#include "runtime/buildspec/buildspec.h"
#include "runtime/sandbox/phase_plan.h"

namespace kiln::runtime {

// CODEBUILD_SRC_DIR: the one the build has chosen, or the one it is going to.
std::string sourceDirectory(const Build& build);

struct SandboxEnvironment {
  std::vector<agent::NameValue> variables;  // by name, each once
  std::vector<std::string>
      notices;  // variables that were asked for and are not there: one log line each
};

// Everything before the first command: project and override over buildspec over what Kiln provides over the image's own; only the
// CODEBUILD_ variables that Kiln provides cannot be replaced.
SandboxEnvironment makeEnvironment(const Build& build, const Buildspec& spec,
                                   const SandboxFacts& facts);

// What a phase after DOWNLOAD_SOURCE has to change.
std::vector<agent::NameValue> phaseEnvironment(const Build& build);

// The context of a build that asks for parameters or secrets, which Kiln does not resolve yet; none otherwise.
std::optional<PhaseContext> unresolvedVariables(const Build& build, const Buildspec& spec);

// The JSON of the credentials endpoint (facts §8.7). The keys are made from the build's id and open nothing.
std::string credentialsDocument(const Build& build);

}  // namespace kiln::runtime
