// WorkQueue: which resources to look at, and when. Keys only; any key may be added at any time, by any thread, any number of times.
//
// A key is given to one worker at a time. A key added while a worker has it is given out again once that worker is done. Delayed
// keys wait in a heap; the earliest wish wins. Owner: main(). shutDown() wakes everybody; get() then answers nullopt.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "controller/core/clock.h"
#include "controller/core/ids.h"

namespace kiln::engine {

class WorkQueue {
 public:
  explicit WorkQueue(const Clock& clock) : clock_(clock) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  void add(const ResourceKey& key);
  void addAfter(const ResourceKey& key, Millis delay);

  std::optional<ResourceKey> get();     // blocks
  std::optional<ResourceKey> tryGet();  // what is due now, for tests and single steps
  void done(const ResourceKey& key);

  void shutDown();
  std::size_t depth() const;                 // due and not yet given out
  std::optional<TimePoint> nextDue() const;  // the earliest delayed key

 private:
  void addLocked(const ResourceKey& key);
  void promoteLocked(TimePoint now);
  std::optional<ResourceKey> takeLocked();

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ResourceKey> ready_;
  std::set<ResourceKey> dirty_;    // in ready_, or to be put there when done
  std::set<ResourceKey> working_;  // given out
  std::map<ResourceKey, TimePoint> delayed_;
  std::set<std::pair<TimePoint, ResourceKey>> due_;  // the same, by time
  bool shutDown_ = false;
};

}  // namespace kiln::engine
