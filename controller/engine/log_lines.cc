#include "controller/engine/log_lines.h"

#include <algorithm>
#include <utility>

#include "controller/core/utf8.h"

namespace kiln::engine {
namespace {

constexpr std::size_t kLongestCharacter = 4;
constexpr std::size_t kCutFrom = kLongestEvent - (kLongestCharacter - 1);

class LineTaker {
 public:
  LineTaker(store::LogPosition from, const LineOptions& options)
      : options_(options), here_(from), time_(options.earliest) {
    batch_.end = from;
  }

  // False once the batch is full.
  bool take(const store::LogFrame& frame) {
    frameBytes_ = frame.bytes.size();
    frameLength_ = store::LogStore::lengthOf(frame);
    std::string_view rest = frame.bytes;
    rest.remove_prefix(std::min<std::size_t>(here_.bytes, rest.size()));
    while (!rest.empty()) {
      if (mayCutBefore(rest.front()) && !emit()) return false;
      const auto room = line_.size() < kCutFrom ? kCutFrom - line_.size() : 1;
      const auto window = rest.substr(0, room);
      const auto feed = window.find('\n');
      const auto taken = feed == std::string_view::npos ? window.size() : feed + 1;
      if (line_.empty()) began_ = frame.time;
      line_ += window.substr(0, taken);
      rest.remove_prefix(taken);
      here_.bytes += taken;
      if (feed != std::string_view::npos && !emit()) return false;
    }
    here_ = {here_.frame + frameLength_, 0};
    frameLength_ = 0;
    return true;
  }

  LineBatch end() && {
    if (batch_.full || line_.empty()) return std::move(batch_);
    const bool last = options_.unfinishedSince == TimePoint::max();
    const bool old = options_.unfinishedSince && began_ <= *options_.unfinishedSince;
    if (!last && (!old || endsWithinCharacter(line_)))
      batch_.unfinished = began_;
    else
      emit();
    return std::move(batch_);
  }

 private:
  bool mayCutBefore(char next) const {
    return line_.size() >= kCutFrom && (line_.size() == kLongestEvent || !continuesCharacter(next));
  }

  // What was read up to here, as an event.
  bool emit() {
    auto text = asUtf8(std::exchange(line_, {}));
    const auto time =
        std::max(time_, std::min(std::max<std::int64_t>(toUnixMillis(began_), 0), options_.latest));
    if (!fits(text, time)) {
      batch_.full = true;
      return false;
    }
    add(std::move(text), time);
    batch_.end = here_;
    if (frameLength_ > 0 && here_.bytes == frameBytes_)
      batch_.end = {here_.frame + frameLength_, 0};
    return true;
  }

  bool fits(const std::string& text, std::int64_t time) const {
    if (batch_.events.empty()) return true;
    const auto& limits = options_.limits;
    const auto pieces = 1 + 2 * (text.size() / (kLongestEvent + 1));
    return bytes_ + text.size() + pieces * store::kEventOverhead <= limits.bytes &&
           batch_.events.size() < limits.events &&
           time - batch_.events.front().timestamp <= limits.spanMillis;
  }

  // Replacements are longer than what they replace: what was cut to fit may have to be cut again.
  void add(std::string text, std::int64_t time) {
    time_ = time;
    while (text.size() > kLongestEvent) {
      auto cut = kLongestEvent;
      while (continuesCharacter(text[cut])) --cut;
      push(text.substr(0, cut));
      text.erase(0, cut);
    }
    push(std::move(text));
  }

  void push(std::string text) {
    bytes_ += text.size() + store::kEventOverhead;
    batch_.events.push_back({time_, std::move(text)});
  }

  const LineOptions& options_;
  store::LogPosition here_;
  std::int64_t time_;
  std::size_t frameBytes_ = 0;
  std::uint64_t frameLength_ = 0;  // of the frame that is being read; 0: none is
  std::string line_;               // what was read of a line
  TimePoint began_;
  std::size_t bytes_ = 0;
  LineBatch batch_;
};

}  // namespace

LineBatch takeLines(std::span<const store::LogFrame> frames, store::LogPosition from,
                    const LineOptions& options) {
  LineTaker taker(from, options);
  for (const auto& frame : frames) {
    if (!taker.take(frame)) break;
  }
  return std::move(taker).end();
}

}  // namespace kiln::engine
