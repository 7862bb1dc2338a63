// `kiln serve`: settings from file, environment and flags, then the daemon.
#pragma once

#include "controller/engine/probe.h"

namespace CLI {
class App;
}

namespace kiln::cli {

// `exitCode` is set when the command has run. `probe` is empty but in the crash suite's daemon.
void addServeCommand(CLI::App& app, int& exitCode, engine::Probe probe = {});

}  // namespace kiln::cli
