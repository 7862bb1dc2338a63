// Subscribers: who wants to hear of changes, and the telling.
//
// Changes are told in the order they were published, one at a time, by a thread that published; if another thread is telling
// already, it tells these too. No lock but the listener's own is held during a call, so a listener may publish or unsubscribe.
// Once a Subscription is gone its listener is not called any more; its destructor waits for a call that is under way on
// another thread.
// Owner: RocksStore. Threads: any.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "store/store.h"

namespace kiln::store {

class Subscribers {
 public:
  std::unique_ptr<Subscription> add(std::function<void(const Change&)> listener);

  // Puts the changes in line; the callers' order is the order of the telling.
  void publish(std::vector<Change> changes);
  // Tells what is in line, unless another thread is at it.
  void tell();

 private:
  struct Listener {
    std::recursive_mutex calling;
    std::function<void(const Change&)> call;
    bool active = true;  // under calling
  };
  class Held;

  std::mutex mutex_;
  std::vector<std::weak_ptr<Listener>> listeners_;  // under mutex_
  std::deque<Change> line_;                         // under mutex_
  bool telling_ = false;                            // under mutex_
};

}  // namespace kiln::store
