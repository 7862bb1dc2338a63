// The daemon: store, engine and a Node over them (node.h); runs until SIGTERM or SIGINT.
//
// Start: store, then what was left running, then the workers, the engine's events, and the HTTP listener last. Stop: the listener,
// what feeds the queue, the queue (passes under way end), the dispatcher, the store. Containers stay: the next start adopts them.
#pragma once

#include "config/settings.h"
#include "controller/engine/probe.h"

namespace kiln::cli {

// Blocks. The process' exit status: 0 after a signal, 1 when it could not start (the reason is on stderr). To be called before
// the process has any other thread: the signals it waits for are blocked first.
int runDaemon(const config::Settings& settings, const engine::Probe& probe);

}  // namespace kiln::cli
