// A shell for a person in the container of a build that has failed: where the failed command ran, with what it had.
//
// The terminal (stdin and stdout) is raw meanwhile and is as it was afterwards, whatever happens. One thread; blocks until the shell
// has ended, or an ending signal came. Failure: the engine's, or kFailedPrecondition when the container does not run.
#pragma once

#include "controller/cli/interrupts.h"
#include "controller/core/ids.h"
#include "controller/core/result.h"
#include "runtime/docker/docker_runtime.h"

namespace kiln::cli {

// Can there be one: are stdin and stdout a terminal?
bool hasTerminal();

// The terminal as it was before a shell made it raw, if one did; for who ends the process. Any thread.
void restoreTerminal();

Status runShell(runtime::DockerRuntime& runtime, const BuildId& id, const Interrupts& interrupts);

}  // namespace kiln::cli
