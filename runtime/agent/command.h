// One command as a process: started in a session of its own, its end put into words.
#pragma once

#include <sys/types.h>
#include <string>

#include "controller/core/result.h"
#include "runtime/agent/workspace.h"

namespace kiln::agent {

// Where a command's output goes.
struct Streams {
  int output = -1;
  int errors = -1;
};

// A child that the agent forked for work of its own becomes like a command: a session of its own, signals as they come, and no longer
// there than the agent is.
void leaveAgent();

// Runs `<shell> <script>` with the agent's descriptors 0, 1 and 2 in a session of its own, or with `streams` in the caller's session.
// A shell that cannot be run ends as shells do: a line of output, then exit status 127 (not found) or 126.
Result<pid_t> startCommand(const std::string& shell, const Workspace& workspace);
Result<pid_t> startCommand(const std::string& shell, const Workspace& workspace, Streams streams);

// "exit status 1" | "signal: killed" | "signal: aborted (core dumped)".
std::string endOf(int waitStatus);
bool succeeded(int waitStatus);

}  // namespace kiln::agent
