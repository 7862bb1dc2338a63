#include "runtime/aws/log_batches.h"

#include <algorithm>
#include <string_view>

namespace kiln::runtime {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// How many bytes the character at the front has; 0: it is none.
std::size_t characterAt(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!continues(text[i])) return 0;
  bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  bool beyond = (first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F);
  return overlong || beyond ? 0 : length;
}

std::string asUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto length = characterAt(text);
    out += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

// Pieces of valid UTF-8, none longer than a message may be, no character divided.
std::vector<std::string> pieces(std::string text) {
  if (text.size() <= kLargestLogMessage) return {std::move(text)};
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(at + kLargestLogMessage, text.size());
    while (end < text.size() && continues(text[end])) --end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

class Packer {
 public:
  void add(std::int64_t timestamp, std::string message) {
    latest_ = any_ ? std::max(latest_, timestamp) : timestamp;
    any_ = true;
    const auto size = message.size() + kLogEventOverhead;
    bool full = batches_.empty() || batches_.back().size() == kMostEventsInABatch ||
                bytes_ + size > kLargestLogBatch ||
                latest_ - batches_.back().front().timestamp > kLogBatchSpan;
    if (full) {
      batches_.emplace_back();
      bytes_ = 0;
    }
    batches_.back().push_back({latest_, std::move(message)});
    bytes_ += size;
  }

  std::vector<std::vector<LogEvent>> take() { return std::move(batches_); }

 private:
  std::vector<std::vector<LogEvent>> batches_;
  std::size_t bytes_ = 0;
  std::int64_t latest_ = 0;
  bool any_ = false;
};

}  // namespace

std::vector<std::vector<LogEvent>> batchesOf(const std::vector<LogEvent>& events) {
  Packer packer;
  for (const auto& event : events) {
    if (event.message.empty()) packer.add(event.timestamp, "\n");
    for (auto& piece : pieces(asUtf8(event.message)))
      if (!piece.empty()) packer.add(event.timestamp, std::move(piece));
  }
  return packer.take();
}

}  // namespace kiln::runtime
