#include "api/model/timestamp.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace kiln::api {

nlohmann::json toTimestamp(std::optional<TimePoint> time) {
  if (!time) return nullptr;
  return static_cast<double>(toUnixMillis(*time)) / 1000.0;
}

TimePoint fromTimestamp(const nlohmann::json& seconds) {
  // Beyond these the number of milliseconds would not fit: the year 9999 and its mirror.
  constexpr double kMost = 253402300799999.0;
  const double millis = std::round(seconds.get<double>() * 1000.0);
  return fromUnixMillis(static_cast<std::int64_t>(std::clamp(millis, -kMost, kMost)));
}

}  // namespace kiln::api
