// Time as Kiln uses it: absolute instants with microseconds, injected, so that decisions can be tested without waiting.
//
// Only SystemClock and SteadyClock read the real clock (a test greps for it). Any thread may call now().
#pragma once

#include <chrono>
#include <cstdint>

namespace kiln {

using Micros = std::chrono::microseconds;
using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using Minutes = std::chrono::minutes;
using TimePoint = std::chrono::time_point<std::chrono::system_clock, Micros>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
};

// Time since the machine started: it only goes forward, for how long something may last. No instant of the calendar.
class SteadyClock final : public Clock {
 public:
  TimePoint now() const override;
};

// Unix time in milliseconds, the resolution of every timestamp on the wire (facts §2.1).
inline std::int64_t toUnixMillis(TimePoint t) {
  return std::chrono::duration_cast<Millis>(t.time_since_epoch()).count();
}
inline TimePoint fromUnixMillis(std::int64_t ms) { return TimePoint(Millis(ms)); }
inline std::int64_t toUnixMicros(TimePoint t) { return t.time_since_epoch().count(); }
inline TimePoint fromUnixMicros(std::int64_t us) { return TimePoint(Micros(us)); }

// The instant cut to whole milliseconds: what is stored is what is shown, so that endTime equals the next startTime.
inline TimePoint toWholeMillis(TimePoint t) { return std::chrono::floor<Millis>(t); }

}  // namespace kiln
