// How events become batches that PutLogEvents takes: at most 10,000 events, 1 MiB (26 bytes more for each event) and 24 hours, in order
// of time. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kiln::runtime {

inline constexpr std::size_t kMostEventsInABatch = 10'000;
inline constexpr std::size_t kLargestLogBatch = 1'048'576;
inline constexpr std::size_t kLogEventOverhead = 26;
inline constexpr std::size_t kLargestLogMessage = 262'144 - kLogEventOverhead;
inline constexpr std::int64_t kLogBatchSpan = 24LL * 60 * 60 * 1000;

struct LogEvent {
  std::int64_t timestamp = 0;  // Unix milliseconds
  std::string message;
  bool operator==(const LogEvent&) const = default;
};

// The order of the events is kept: one that is earlier than the one before it gets that one's time. Bytes that are no UTF-8 become
// U+FFFD, a message that is too long becomes several events, an empty one "\n" (an event may not be empty).
std::vector<std::vector<LogEvent>> batchesOf(const std::vector<LogEvent>& events);

}  // namespace kiln::runtime
