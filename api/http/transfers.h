// Transfers: the streaming requests and answers of one server. Each has a thread of its own and may last for hours.
//
// Owner: the server. Any thread. A transfer that waits for its client is woken by interrupt().
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace kiln::api {

// What a transfer waits in. interrupt() makes every later call fail at once; any thread.
class Interruptible {
 public:
  virtual ~Interruptible() = default;
  virtual void interrupt() = 0;
};

class Transfers {
 public:
  // Runs `work`, which does not throw, on a thread of its own. False when there are too many, and after interrupt().
  bool run(std::function<void()> work);

  // interrupt() reaches `channel` while somebody else holds it; at once when it was called before.
  void watch(const std::shared_ptr<Interruptible>& channel);
  void interrupt();

  // Until no transfer runs.
  void wait();

 private:
  void ended();

  std::mutex mu_;
  std::condition_variable changed_;
  int running_ = 0;
  bool interrupted_ = false;
  std::list<std::weak_ptr<Interruptible>> channels_;
};

}  // namespace kiln::api
