#include "controller/engine/work_queue.h"

#include <chrono>

namespace kiln::engine {

void WorkQueue::add(const ResourceKey& key) {
  std::lock_guard lock(mutex_);
  addLocked(key);
}

void WorkQueue::addLocked(const ResourceKey& key) {
  if (const auto it = delayed_.find(key); it != delayed_.end()) {
    due_.erase({it->second, key});
    delayed_.erase(it);
  }
  if (shutDown_ || !dirty_.insert(key).second) return;
  if (working_.contains(key)) return;
  ready_.push_back(key);
  changed_.notify_one();
}

void WorkQueue::addAfter(const ResourceKey& key, Millis delay) {
  if (delay <= Millis::zero()) return add(key);
  std::lock_guard lock(mutex_);
  if (shutDown_ || dirty_.contains(key)) return;
  const TimePoint at = clock_.now() + delay;
  if (const auto it = delayed_.find(key); it != delayed_.end()) {
    if (it->second <= at) return;
    due_.erase({it->second, key});
  }
  delayed_[key] = at;
  due_.insert({at, key});
  changed_.notify_one();
}

void WorkQueue::promoteLocked(TimePoint now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const ResourceKey key = due_.begin()->second;
    addLocked(key);
  }
}

std::optional<ResourceKey> WorkQueue::takeLocked() {
  promoteLocked(clock_.now());
  if (ready_.empty()) return std::nullopt;
  ResourceKey key = std::move(ready_.front());
  ready_.pop_front();
  dirty_.erase(key);
  working_.insert(key);
  return key;
}

std::optional<ResourceKey> WorkQueue::get() {
  std::unique_lock lock(mutex_);
  while (!shutDown_) {
    if (auto key = takeLocked()) return key;
    if (due_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, due_.begin()->first - clock_.now());
    }
  }
  return std::nullopt;
}

std::optional<ResourceKey> WorkQueue::tryGet() {
  std::lock_guard lock(mutex_);
  if (shutDown_) return std::nullopt;
  return takeLocked();
}

void WorkQueue::done(const ResourceKey& key) {
  std::lock_guard lock(mutex_);
  working_.erase(key);
  if (!dirty_.contains(key)) return;
  ready_.push_back(key);
  changed_.notify_one();
}

void WorkQueue::shutDown() {
  std::lock_guard lock(mutex_);
  shutDown_ = true;
  changed_.notify_all();
}

std::size_t WorkQueue::depth() const {
  std::lock_guard lock(mutex_);
  return ready_.size();
}

std::optional<TimePoint> WorkQueue::nextDue() const {
  std::lock_guard lock(mutex_);
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace kiln::engine
