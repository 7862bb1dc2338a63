#include "api/watch/log_format.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace kiln::api {
namespace {

// Where to cut an overlong line so that no UTF-8 sequence is torn.
std::size_t wholeCharacters(std::string_view text) {
  std::size_t end = text.size();
  for (int back = 0; back < 3 && end > 0 && (text[end - 1] & 0xC0) == 0x80; ++back) --end;
  if (end == 0 || (text[end - 1] & 0x80) == 0) return text.size();
  const auto lead = static_cast<unsigned char>(text[end - 1]);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  return text.size() - (end - 1) < length ? end - 1 : text.size();
}

// Most lines need no escaping, and there may be millions of them.
void appendQuoted(const std::string& text, std::string& out) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
  });
  if (plain) {
    out.append(1, '"').append(text).append(1, '"');
  } else {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

}  // namespace

std::string toRfc3339(TimePoint time) {
  const std::int64_t millis = toUnixMillis(toWholeMillis(time));
  const std::time_t seconds = static_cast<std::time_t>(millis / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(millis % 1000));
  return text;
}

void LogFormatter::add(const store::LogFrame& frame, std::string& out) {
  std::string_view text = frame.bytes;
  const std::size_t left = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, text.size()));
  skip_ -= left;
  position_ += left;
  text.remove_prefix(left);
  switch (format_) {
    case LogFormat::kPlain: out += text; return;
    case LogFormat::kTimestamps: addTimestamps(frame.time, text, out); return;
    case LogFormat::kJsonLines: addJson(frame.time, text, out); return;
  }
}

void LogFormatter::addTimestamps(TimePoint time, std::string_view text, std::string& out) {
  const std::string prefix = text.empty() ? std::string() : toRfc3339(time) + " ";
  while (!text.empty()) {
    if (atLineStart_) out += prefix;
    const std::size_t newline = text.find('\n');
    const std::size_t length = newline == std::string_view::npos ? text.size() : newline + 1;
    out += text.substr(0, length);
    atLineStart_ = newline != std::string_view::npos;
    text.remove_prefix(length);
  }
}

void LogFormatter::addJson(TimePoint time, std::string_view text, std::string& out) {
  while (!text.empty()) {
    if (line_.empty()) lineTime_ = time;
    const std::size_t newline = text.find('\n');
    const std::size_t length =
        std::min(std::min(newline, text.size()), kLongestLine - line_.size());
    line_ += text.substr(0, length);
    position_ += length;
    text.remove_prefix(length);
    if (length == newline) {
      text.remove_prefix(1);
      ++position_;
      emitJson(line_.size(), false, out);
    } else if (line_.size() == kLongestLine) {
      emitJson(wholeCharacters(line_), true, out);
    }
  }
}

void LogFormatter::emitJson(std::size_t length, bool partial, std::string& out) {
  const std::string rest = line_.substr(length);
  line_.resize(length);
  if (lineTime_ != shownTime_ || shownTimeText_.empty()) {
    shownTime_ = lineTime_;
    shownTimeText_ = toRfc3339(lineTime_);
  }
  out.append(R"({"time":")").append(shownTimeText_).append(R"(","text":)");
  appendQuoted(line_, out);
  out.append(R"(,"offset":)").append(std::to_string(position_ - rest.size()));
  out.append(partial ? ",\"partial\":true}\n" : "}\n");
  line_ = rest;
}

void LogFormatter::finish(std::string& out) {
  if (format_ == LogFormat::kJsonLines && !line_.empty()) emitJson(line_.size(), true, out);
}

}  // namespace kiln::api
