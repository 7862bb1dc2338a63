#include "controller/cli/retrying_stream.h"

#include <algorithm>

namespace kiln::cli {
namespace {

constexpr Millis kFirstWait{200};
constexpr Millis kLongestWait{5'000};

Millis waitAfter(int failures) {
  return std::min(kLongestWait, kFirstWait * (1 << std::min(failures, 10)));
}

}  // namespace

void RetryingStream::tend(TimePoint now) {
  if (open_ || over_) return;
  if (!due_) {
    next_ = now + waitAfter(failures_ - 1);
    due_ = true;
    return;
  }
  if (now < next_) return;
  open_ = true;
  lines_ = LineSplitter();
  streams_.open({.url = source_.url(),
                 .headers = source_.headers,
                 .bytes =
                     [this](std::string_view bytes) {
                       failures_ = 0;
                       lines_.add(bytes, source_.line);
                     },
                 .end = [this](const StreamEnd& end) { ended(end); }});
}

void RetryingStream::reopen() {
  if (open_) return;
  over_ = false;
  due_ = true;
  next_ = TimePoint();
}

void RetryingStream::ended(const StreamEnd& end) {
  open_ = false;
  ++failures_;
  due_ = false;
  over_ = !source_.again(end);
}

}  // namespace kiln::cli
