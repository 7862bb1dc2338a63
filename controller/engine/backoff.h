// Backoff: how long to leave a key alone after its n-th failure in a row: base * 2^n up to a cap, with ±20 % jitter.
//
// Also remembers the last error of each failing key, for the watchdog. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "controller/core/clock.h"
#include "controller/core/guarded.h"
#include "controller/core/ids.h"

namespace kiln::engine {

class Backoff {
 public:
  Backoff(Millis base, Millis cap, std::uint64_t seed);

  Millis next(const ResourceKey& key, std::string error);
  void forget(const ResourceKey& key);
  std::optional<std::string> lastError(const ResourceKey& key) const;

 private:
  struct Failure {
    int attempts = 0;
    std::string error;
  };
  struct State {
    std::map<ResourceKey, Failure> failing;
    std::mt19937_64 random;
  };
  const Millis base_;
  const Millis cap_;
  Guarded<State> state_;
};

}  // namespace kiln::engine
