// LogFormatter: the frames of a build's log as what a reader asked for: the bytes as they are, each line with its time, or one
// JSON object a line. Pure, constant memory.
//
// `offset` counts bytes of the log's text, whatever the form, so a client that was cut off goes on from what it has:
// {"time":"2026-01-02T03:04:05.678Z","text":"…","offset":N}, N being the offset to go on from after this line. A line longer
// than kLongestLine comes in parts; what no line break follows has "partial":true. Bytes that are not UTF-8 become U+FFFD in JSON only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/core/clock.h"
#include "store/logs/log_store.h"

namespace kiln::api {

enum class LogFormat { kPlain, kTimestamps, kJsonLines };

inline constexpr std::size_t kLongestLine = 64 * 1024;

// 2026-01-02T03:04:05.678Z
std::string toRfc3339(TimePoint time);

class LogFormatter {
 public:
  LogFormatter(LogFormat format, std::uint64_t offset) : format_(format), skip_(offset) {}

  // Appends to `out` what `frame` adds.
  void add(const store::LogFrame& frame, std::string& out);
  // The log has ended: what a JSON reader still waits for is a last line without its end.
  void finish(std::string& out);

 private:
  void addTimestamps(TimePoint time, std::string_view text, std::string& out);
  void addJson(TimePoint time, std::string_view text, std::string& out);
  void emitJson(std::size_t length, bool partial, std::string& out);

  const LogFormat format_;
  std::uint64_t skip_;          // bytes still to be left out
  std::uint64_t position_ = 0;  // bytes of the log seen
  bool atLineStart_ = true;
  TimePoint lineTime_;
  TimePoint shownTime_;  // `shownTimeText_` is its text
  std::string shownTimeText_;
  std::string line_;  // JSON: the line so far
};

}  // namespace kiln::api
