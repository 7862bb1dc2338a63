// CommitQueue: lets the transactions of many threads share one write and one sync.
//
// Callers queue up; the first one leads: it takes all that are waiting, runs them as one group, hands each its outcome and
// gives the lead to the next one waiting. So groups never overlap, and while one is being synced the next one gathers.
// Owner: RocksStore. Threads: any. A call from inside a group is refused, as it would wait for itself.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>

#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::store {

struct CommitRequest {
  Durability durability;
  const std::function<Status(Txn&)>& body;
  Result<std::uint64_t> outcome = Error{Code::kInternal, "commit: not run"};
};

class CommitQueue {
 public:
  using RunGroup = std::function<void(std::span<CommitRequest* const>)>;

  // `runGroup` settles the outcome of every request it is given. It is called by one thread at a time and must not throw.
  explicit CommitQueue(RunGroup runGroup);

  // Returns when the request has its outcome.
  void submit(CommitRequest& request);

 private:
  struct Waiter {
    CommitRequest& request;
    std::condition_variable turn;
    bool done = false;
  };

  const RunGroup runGroup_;
  std::mutex mutex_;
  std::deque<Waiter*> waiting_;  // under mutex_; the front one leads
  std::thread::id leader_;       // under mutex_; while a group runs
};

}  // namespace kiln::store
