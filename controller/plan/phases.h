// What to do next in each phase, one function a phase. Pure; called by planNext() once deletion, stop and deadline are dealt with.
#pragma once

#include "controller/plan/observed.h"
#include "controller/plan/step.h"

namespace kiln::plan {

Step planQueued(const Build& build, const Observed& seen);
Step planProvisioning(const Build& build, const Observed& seen);
// DOWNLOAD_SOURCE, INSTALL, PRE_BUILD, BUILD, POST_BUILD: the agent runs it.
Step planAgentPhase(const Build& build, const Observed& seen);
Step planUploadArtifacts(const Build& build, const Observed& seen);
Step planFinalizing(const Build& build, const Observed& seen, TimePoint now);

}  // namespace kiln::plan
