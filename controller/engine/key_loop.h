// KeyLoop: threads that look at keys, each key by one thread at a time, again after a failure with backoff (base · 2ⁿ, ±20 %).
//
// What the work answers says when to look again: a delay, or not before it is asked for. A failure is told in the daemon's log when it has
// another code than the key's last one. Any thread may ask, any number of times. Ended when destroyed: calls under way are told to stop
// and awaited. Owner: who made it; the clock outlives it.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "controller/engine/backoff.h"
#include "controller/engine/work_queue.h"

namespace kiln::engine {

using Again = std::optional<Millis>;

class KeyLoop {
 public:
  using Work = std::function<Result<Again>(const ResourceKey&, std::stop_token)>;
  struct Options {
    std::string name;  // in the daemon's log, when work fails
    int workers = 1;   // 0: only step() does anything
    Millis backoffBase{200};
    Millis backoffCap{30'000};
  };

  KeyLoop(const Clock& clock, Options options, Work work);
  ~KeyLoop();
  KeyLoop(const KeyLoop&) = delete;
  KeyLoop& operator=(const KeyLoop&) = delete;

  void look(const ResourceKey& key) { queue_.add(key); }
  void lookAfter(const ResourceKey& key, Millis delay) { queue_.addAfter(key, delay); }
  // Its last work failed: it is looked at again when its backoff is over.
  bool failing(const ResourceKey& key) const { return backoff_.lastError(key).has_value(); }
  // One key that is due, on this thread; false when none is.
  bool step();

 private:
  void handle(const ResourceKey& key, const std::stop_token& stop);

  const Options options_;
  const Work work_;
  WorkQueue queue_;
  Backoff backoff_;
  std::vector<std::jthread> threads_;  // last: end before what they use
};

}  // namespace kiln::engine
