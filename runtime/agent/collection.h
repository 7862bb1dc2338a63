// Collection: the artifacts of a build as a process of their own, so that the agent stays free to listen, and to end it.
//
// The process evaluates, finds and stages; its log goes where a command's output goes, its result to a file in memory that the agent
// reads when the process has ended. Owner: PhaseRunner. One thread.
#pragma once

#include <sys/types.h>
#include <string>

#include "runtime/agent/protocol.h"
#include "runtime/agent/system.h"
#include "runtime/agent/workspace.h"

namespace kiln::agent {

class Collection {
 public:
  // Of plan.artifacts.
  Result<pid_t> start(const PhasePlan& plan, Workspace& workspace);

  // Once it has ended: the payload of kArtifacts, or an error whose message is that of the phase's context (facts §2.4).
  Result<std::string> result(int waitStatus) const;

 private:
  Fd answer_;
};

}  // namespace kiln::agent
