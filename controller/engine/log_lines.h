// The lines of a build's log as events (facts §4.1): one for each line, the line feed included, a blank line "\n"; carriage returns and
// escape sequences stay as they are. Only a line longer than an event may be becomes several, between two characters.
//
// Events are text: bytes that are not UTF-8 become U+FFFD in them; the build's own log and its copy in S3 have the bytes.
// Pure; what was taken depends on the arguments alone, so that the same part of a log gives the same events again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "controller/core/clock.h"
#include "store/logs/log_delivery.h"
#include "store/logs/log_event.h"
#include "store/logs/log_store.h"

namespace kiln::engine {

inline constexpr std::size_t kLongestEvent = 262'144 - store::kEventOverhead;

// What one call of the destination takes.
struct BatchLimits {
  std::size_t bytes = 1'048'576;  // of texts, and store::kEventOverhead for each event
  std::size_t events = 10'000;
  std::int64_t spanMillis = 24LL * 3600 * 1000;
};

struct LineOptions {
  BatchLimits limits;
  std::int64_t earliest = 0;  // no event is given an earlier time, nor a later one than `latest`
  std::int64_t latest = 0;
  // A line that has not ended is an event as well when it began at this time or before.
  std::optional<TimePoint> unfinishedSince;
};

struct LineBatch {
  std::vector<store::LogEvent> events;  // in order, times never fall
  store::LogPosition end;               // after the last of them
  bool full = false;                    // the frames have more
  std::optional<TimePoint>
      unfinished;  // when the line began that is not taken because it has not ended
};

// `frames` lie one after the other from `from.frame` on.
LineBatch takeLines(std::span<const store::LogFrame> frames, store::LogPosition from,
                    const LineOptions& options);

}  // namespace kiln::engine
