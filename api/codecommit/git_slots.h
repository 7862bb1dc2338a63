// GitSlots: how many of git's programs work at once, and who makes room when all do and somebody waits.
//
// A program that has waited for its client for `idle` in all, to send or to take, while hardly anything moved, gives its slot to who waits:
// the one that waited longest, and it is ended. Where nobody waits a client may take its time.
// Any thread. The slots outlive what takes them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "controller/core/clock.h"

namespace kiln::api::codecommit {

class GitSlots {
 public:
  struct Limits {
    std::size_t most = 32;
    Millis patience = Seconds(60);  // of a request for a slot
    Millis idle = Seconds(10);
  };
  static constexpr std::size_t kMoved = 4096;  // bytes that make up for all waiting before

  GitSlots() : GitSlots(Limits{}) {}
  explicit GitSlots(const Limits& limits) : limits_(limits) {}
  GitSlots(const GitSlots&) = delete;
  GitSlots& operator=(const GitSlots&) = delete;

  class Slot {
   public:
    explicit Slot(GitSlots& slots) : slots_(slots) {}
    ~Slot() { giveBack(); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    // What ends the program when the slot is taken from it; called once at most, on another thread.
    void onLoss(std::function<void()> end);
    // The client is waited for, until moved() says how much it sent or took. False from moved(): the slot is lost, the program ended.
    void awaitClient();
    bool moved(std::size_t bytes);
    bool lost() const;
    void giveBack();

   private:
    friend class GitSlots;
    enum class State { kHeld, kLost, kGivenBack };
    Micros idleAt(TimePoint now) const;

    GitSlots& slots_;  // all below under its lock
    State state_ = State::kHeld;
    std::function<void()> end_;
    int waits_ = 0;  // sending and taking at once
    TimePoint since_{};
    Micros waited_{0};
    std::size_t moved_ = 0;
  };
  // nullptr when none became free in time.
  std::shared_ptr<Slot> take();

  std::size_t most() const { return limits_.most; }

 private:
  // Of the slot that is idle longest; none when that is not long enough.
  Slot* idlestLocked(TimePoint now) const;
  // When one may become idle enough, if nothing moves.
  TimePoint nextLookLocked(TimePoint now) const;

  const Limits limits_;
  mutable std::mutex mu_;
  std::condition_variable changed_;
  std::list<Slot*> held_;
  int takers_ = 0;
};

}  // namespace kiln::api::codecommit
