// What an event of a log stream is, and where it stands: by its time, and among events of one time by when it came in.
//
// Values only.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace kiln::store {

struct LogEvent {
  std::int64_t timestamp = 0;  // milliseconds since 1970, not negative
  std::string message;
};

// `sequence` numbers a stream's events from 0 in the order they came in; the same event always has the same position.
struct EventPosition {
  std::int64_t timestamp = 0;
  std::uint64_t sequence = 0;
  auto operator<=>(const EventPosition&) const = default;
};

inline constexpr EventPosition kFirstPosition{};
inline constexpr EventPosition kLastPosition{std::numeric_limits<std::int64_t>::max(),
                                             std::numeric_limits<std::uint64_t>::max()};

struct StoredEvent {
  EventPosition at;
  std::int64_t ingestionTime = 0;
  std::string message;
};

// Events at `from` or later and before `before`.
struct EventWindow {
  EventPosition from = kFirstPosition;
  EventPosition before = kLastPosition;
};

// What an event counts for in limits and in stored bytes: its text and 26 bytes.
inline constexpr std::size_t kEventOverhead = 26;
inline std::size_t sizeOf(const LogEvent& event) { return event.message.size() + kEventOverhead; }

}  // namespace kiln::store
