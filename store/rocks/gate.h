// Gate: a lock held together by many, or by one alone (std::shared_lock, std::unique_lock).
//
// Unlike std::shared_mutex, a thread that already holds it together may hold it so again: those who come together are kept out
// only while one holds it alone, never by one who still waits. So a stream of them can make that one wait; it is for an
// exclusive step as rare as opening a database again.
// Owner: Database. Threads: any; need not be released by the thread that took it.
#pragma once

#include <condition_variable>
#include <mutex>

namespace kiln::store {

class Gate {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [&] { return !alone_ && together_ == 0; });
    alone_ = true;
  }
  void unlock() {
    {
      std::lock_guard guard(mutex_);
      alone_ = false;
    }
    changed_.notify_all();
  }
  void lock_shared() {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [&] { return !alone_; });
    ++together_;
  }
  void unlock_shared() {
    std::unique_lock guard(mutex_);
    if (--together_ > 0) return;
    guard.unlock();
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool alone_ = false;  // under mutex_
  int together_ = 0;    // under mutex_
};

}  // namespace kiln::store
