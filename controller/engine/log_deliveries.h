// LogDeliveries: what the observer asks of where builds' logs are copied to. Any thread.
#pragma once

#include <string>

#include "controller/core/build.h"
#include "controller/core/result.h"
#include "controller/plan/observed.h"

namespace kiln::engine {

struct LogsSeen {
  plan::Delivery state = plan::Delivery::kDone;
  std::string failure;  // when hopeless
};

class LogDeliveries {
 public:
  virtual ~LogDeliveries() = default;
  // All copies of the build's log together, as the store has it.
  virtual Result<LogsSeen> observe(const Build& build) const = 0;
};

}  // namespace kiln::engine
