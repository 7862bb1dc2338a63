// Rows: how the events of a stream lie in the store. A row is a note of the stream's events; it holds events in the order of their
// positions, compressed (zstd), about 64 KiB of text at most.
//
// A row's name is its level, the time of its first event and that event's sequence. The level says how much time a row may span, so
// that whoever looks for a moment knows how far back a row that reaches it may begin: dense rows are found within a second.
// Pure functions. kCorrupt for bytes that are not a row.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/result.h"
#include "store/logs/log_event.h"

namespace kiln::store {

// The most milliseconds between the first and the last event of a row, by level.
inline constexpr std::array<std::int64_t, 4> kRowSpans{1'000, 60'000, 3'600'000, 24 * 3'600'000};
using RowLevel = unsigned;

struct RowName {
  RowLevel level = 0;
  EventPosition first;
};

std::string rowPrefix(RowLevel level);  // of the names of all its rows
std::string rowName(const RowName& name);
Result<RowName> parseRowName(std::string_view name);

struct RowHeader {
  EventPosition first;
  EventPosition last;
  std::int64_t ingestionTime = 0;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  // the sizeOf() of its events
};

// Without decompressing anything.
Result<RowHeader> readRowHeader(std::string_view name, std::string_view value);
Result<std::vector<StoredEvent>> readRow(std::string_view name, std::string_view value);

// A row on its way in: complete but for the sequence of its first event, which the commit gives.
struct NewRow {
  RowLevel level = 0;
  std::int64_t firstTime = 0;
  std::uint64_t index = 0;  // of its first event among those packed with it
  std::uint64_t bytes = 0;
  std::string value;
};

// Rows of `events`, which are in order of their times. kInvalidArgument when one of them is too large.
Result<std::vector<NewRow>> packRows(std::span<const LogEvent> events, std::int64_t ingestionTime);

}  // namespace kiln::store
