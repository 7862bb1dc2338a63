// FakeClock: time that stands still until a test moves it. Any thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "controller/core/clock.h"

namespace kiln::fakes {

class FakeClock final : public Clock {
 public:
  // 2025-12-02T03:40:34.299Z unless told otherwise.
  explicit FakeClock(TimePoint start = fromUnixMillis(1'764'646'834'299))
      : micros_(toUnixMicros(start)) {}

  TimePoint now() const override { return fromUnixMicros(micros_.load()); }
  void advance(Micros by) { micros_ += by.count(); }
  void set(TimePoint to) { micros_ = toUnixMicros(to); }

 private:
  std::atomic<std::int64_t> micros_;
};

}  // namespace kiln::fakes
