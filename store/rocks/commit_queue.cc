#include "store/rocks/commit_queue.h"

#include <algorithm>
#include <vector>

namespace kiln::store {
namespace {

constexpr std::size_t kLargestGroup = 128;  // bounds the memory of one write

}  // namespace

CommitQueue::CommitQueue(RunGroup runGroup) : runGroup_(std::move(runGroup)) {}

void CommitQueue::submit(CommitRequest& request) {
  std::unique_lock lock(mutex_);
  if (leader_ == std::this_thread::get_id()) {
    request.outcome = Error{Code::kInternal, "commit: called from inside a transaction"};
    return;
  }
  Waiter self{.request = request, .turn = {}};
  waiting_.push_back(&self);
  self.turn.wait(lock, [&] { return self.done || waiting_.front() == &self; });
  if (self.done) return;

  const auto size = std::min(waiting_.size(), kLargestGroup);
  std::vector<CommitRequest*> group;
  for (std::size_t i = 0; i < size; ++i) group.push_back(&waiting_[i]->request);
  leader_ = std::this_thread::get_id();
  lock.unlock();
  runGroup_(group);
  lock.lock();
  leader_ = {};
  for (std::size_t i = 0; i < size; ++i) {
    Waiter* served = waiting_.front();
    waiting_.pop_front();
    served->done = true;
    if (served != &self) served->turn.notify_one();
  }
  if (!waiting_.empty()) waiting_.front()->turn.notify_one();
}

}  // namespace kiln::store
