#include "runtime/aws/log_batches.h"

#include <algorithm>

#include "controller/core/utf8.h"

namespace kiln::runtime {
namespace {

// Pieces of valid UTF-8, none longer than a message may be, no character divided.
std::vector<std::string> pieces(std::string text) {
  if (text.size() <= kLargestLogMessage) return {std::move(text)};
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(at + kLargestLogMessage, text.size());
    while (end < text.size() && continuesCharacter(text[end])) --end;
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
