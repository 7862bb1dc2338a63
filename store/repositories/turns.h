// Turns: who may change one repository now. A turn is waited for, held, and given back when it goes; it may go on another thread than
// it was taken on.
//
// Threads: any. Owner: Repositories; outlives its turns.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <utility>

namespace kiln::store {

class Turns {
  struct Gate {
    std::binary_semaphore open{1};
    int users = 0;  // under mutex_
  };

 public:
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&& other) noexcept
        : turns_(std::exchange(other.turns_, nullptr)), at_(std::move(other.at_)) {}
    Turn& operator=(Turn&& other) noexcept {
      std::swap(turns_, other.turns_);
      std::swap(at_, other.at_);
      return *this;
    }
    ~Turn() {
      if (turns_ != nullptr) turns_->release(at_);
    }

   private:
    friend class Turns;
    Turn(Turns* turns, std::string at) : turns_(turns), at_(std::move(at)) {}
    Turns* turns_ = nullptr;
    std::string at_;
  };

  Turn take(const std::string& id) {
    Gate* gate = nullptr;
    {
      std::lock_guard lock(mutex_);
      auto& held = gates_[id];
      if (!held) held = std::make_unique<Gate>();
      ++held->users;
      gate = held.get();
    }
    gate->open.acquire();
    return {this, id};
  }

 private:
  void release(const std::string& id) {
    std::lock_guard lock(mutex_);
    const auto at = gates_.find(id);
    at->second->open.release();
    if (--at->second->users == 0) gates_.erase(at);
  }

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Gate>> gates_;
};

}  // namespace kiln::store
