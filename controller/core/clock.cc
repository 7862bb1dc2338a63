#include "controller/core/clock.h"

namespace kiln {

TimePoint SystemClock::now() const {
  return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
}

TimePoint SteadyClock::now() const {
  return TimePoint(
      std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now().time_since_epoch()));
}

}  // namespace kiln
