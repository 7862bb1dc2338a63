// How far a copy of a build's log outside of it has come: in its stream of CloudWatch Logs, or as its object in S3. Kept as a note of
// the build, one for each copy, and written by the log shipper alone.
//
// Values and their text. kCorrupt for text that encode() did not write.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/result.h"

namespace kiln::store {

inline constexpr std::string_view kStreamDeliveryNote = "log-stream";
inline constexpr std::string_view kArchiveDeliveryNote = "log-archive";

// A place in the file of a build's log: where a frame begins, and how many bytes of its payload lie before the place.
struct LogPosition {
  std::uint64_t frame = 0;
  std::uint64_t bytes = 0;
  auto operator<=>(const LogPosition&) const = default;
};

struct LogDelivery {
  enum class State { kNew, kUnderWay, kDelivered, kHopeless };
  // What is being put where it cannot be put and noted at once; after a crash it is looked for there.
  struct Intention {
    LogPosition to;
    std::int64_t now = 0;  // the latest time that its events may have
    bool operator==(const Intention&) const = default;
  };

  State state = State::kNew;
  LogPosition at;             // what lies before is there
  std::int64_t lastTime = 0;  // of the last event there
  std::optional<Intention> intended;
  std::string failure;  // when hopeless: why

  bool ended() const { return state == State::kDelivered || state == State::kHopeless; }
  bool operator==(const LogDelivery&) const = default;
};

std::string encode(const LogDelivery& delivery);
Result<LogDelivery> decodeLogDelivery(std::string_view text);

}  // namespace kiln::store
