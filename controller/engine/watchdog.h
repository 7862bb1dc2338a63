// Watchdog: logs builds that have not moved for ten times as long as their phase should take, with the last error of their passes.
#pragma once

#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "controller/engine/backoff.h"
#include "store/store.h"

namespace kiln::engine {

// How many builds were found stuck. `minute` as in QueueSettings.
Result<int> reportStuckBuilds(const store::Store& store, const Backoff& backoff, TimePoint now,
                              Millis minute);

}  // namespace kiln::engine
