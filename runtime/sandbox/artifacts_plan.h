// What the agent is asked to collect: the artifacts that both the project and the buildspec have (facts §1.7, §5.8). Pure.
#pragma once

#include "controller/core/build.h"
#include "runtime/agent/protocol.h"
#include "runtime/buildspec/buildspec_artifacts.h"

namespace kiln::runtime {

// Adds to the plan of UPLOAD_ARTIFACTS. What only one of the two has is told in the log and fails nothing: what CodeBuild does then
// is not established. A project without S3 artifacts needs no remark.
void addArtifacts(const Build& build, const BuildspecArtifacts& artifacts, agent::PhasePlan& plan);

}  // namespace kiln::runtime
