// Times inside the records' JSON: whole milliseconds for Kiln's own members, epoch seconds with a fraction for AWS's.
#pragma once

#include <cmath>
#include <cstdint>

#include "controller/core/clock.h"

namespace kiln::store {

inline double toEpochSeconds(TimePoint t) {
  return static_cast<double>(toUnixMillis(toWholeMillis(t))) / 1000.0;
}
inline TimePoint fromEpochSeconds(double seconds) {
  return fromUnixMillis(static_cast<std::int64_t>(std::llround(seconds * 1000.0)));
}

}  // namespace kiln::store
