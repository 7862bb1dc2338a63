// The program's own log, on stderr.
#pragma once

#include "config/settings.h"

namespace kiln::cli {

// Once a process, before there are threads that log.
void startLogging(const config::LogSettings& settings);

}  // namespace kiln::cli
