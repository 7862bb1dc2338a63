// What the CloudWatch Logs operations work with. All of it outlives them.
#pragma once

#include "controller/core/clock.h"
#include "store/logs/event_log.h"

namespace kiln::api::logs {

class LiveTails;

struct Deps {
  store::LogCatalog& catalog;
  store::EventLog& events;
  LiveTails& tails;
  const Clock& clock;
};

}  // namespace kiln::api::logs
