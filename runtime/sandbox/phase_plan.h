// What the agent is told for each phase: the variables of facts §3.1, the log lines of facts §4.2, the commands of the buildspec.
// Pure: a build, its buildspec and a few facts about this Kiln in; a plan, or the context the phase fails with, out.
#pragma once

#include <string>
#include <vector>

#include "controller/core/build.h"
#include "controller/core/result.h"
#include "runtime/agent/protocol.h"
#include "runtime/sandbox/delivered_sources.h"

namespace kiln::runtime {

struct SandboxFacts {
  std::string endpointUrl;  // AWS_ENDPOINT_URL inside the container; empty: not set
  std::vector<std::string>
      logNotices;  // Kiln's own remarks about this build, one log line each (scaled limits, ignored members)
  DeliveredSources sources = {};  // when BuildState::sourcesFetched
};

// `phase` is DOWNLOAD_SOURCE, a buildspec phase or UPLOAD_ARTIFACTS. The error is the phase's context: YAML_FILE_ERROR and its kin (facts §2.4).
Result<agent::PhasePlan, PhaseContext> makePhasePlan(const Build& build, Phase phase,
                                                     const SandboxFacts& facts);

// The log of a DOWNLOAD_SOURCE that failed before the agent had anything to do (facts §4.2), ready to append.
std::string failedDownloadLog(const Build& build, const PhaseContext& context, TimePoint now);

// CODEBUILD_SRC_DIR_<identifier>: where a secondary source lies.
std::string sourceDirectoryOf(const Build& build, const SourceInput& secondary);

// The two "Phase …" lines that end a phase which the controller itself carried out.
std::string phaseCompleteLog(Phase phase, PhaseStatus status, const PhaseContext& context,
                             TimePoint now);

// A source directory for a new build: /codebuild/output/src<digits>/src and what its provider adds (facts §3.2). Depends on the build's
// uuid and the source alone.
std::string sourceDirectoryOf(const Build& build);

}  // namespace kiln::runtime
