#include "api/codecommit/git_slots.h"

#include <algorithm>
#include <utility>

namespace kiln::api::codecommit {

void GitSlots::Slot::onLoss(std::function<void()> end) {
  std::lock_guard lock(slots_.mu_);
  end_ = std::move(end);
}

void GitSlots::Slot::awaitClient() {
  std::lock_guard lock(slots_.mu_);
  if (waits_++ == 0) since_ = SteadyClock().now();
  if (slots_.takers_ > 0) slots_.changed_.notify_all();
}

bool GitSlots::Slot::moved(std::size_t bytes) {
  std::lock_guard lock(slots_.mu_);
  const TimePoint now = SteadyClock().now();
  waited_ = idleAt(now);
  since_ = now;
  --waits_;
  moved_ += bytes;
  if (moved_ >= kMoved) {
    moved_ = 0;
    waited_ = Micros(0);
  }
  return state_ != State::kLost;
}

bool GitSlots::Slot::lost() const {
  std::lock_guard lock(slots_.mu_);
  return state_ == State::kLost;
}

void GitSlots::Slot::giveBack() {
  std::lock_guard lock(slots_.mu_);
  if (state_ != State::kHeld) return;
  state_ = State::kGivenBack;
  slots_.held_.remove(this);
  slots_.changed_.notify_all();
}

Micros GitSlots::Slot::idleAt(TimePoint now) const {
  return waits_ > 0 ? waited_ + (now - since_) : waited_;
}

GitSlots::Slot* GitSlots::idlestLocked(TimePoint now) const {
  Slot* idlest = nullptr;
  for (Slot* slot : held_) {
    if (slot->waits_ == 0 || !slot->end_ || slot->idleAt(now) < limits_.idle) continue;
    if (idlest == nullptr || slot->idleAt(now) > idlest->idleAt(now)) idlest = slot;
  }
  return idlest;
}

TimePoint GitSlots::nextLookLocked(TimePoint now) const {
  TimePoint next = TimePoint::max();
  for (const Slot* slot : held_) {
    if (slot->waits_ > 0 && slot->end_)
      next = std::min(next, now + limits_.idle - slot->idleAt(now));
  }
  return next;
}

std::shared_ptr<GitSlots::Slot> GitSlots::take() {
  auto slot = std::make_shared<Slot>(*this);
  std::function<void()> end;
  {
    std::unique_lock lock(mu_);
    const TimePoint until = SteadyClock().now() + limits_.patience;
    ++takers_;
    while (held_.size() >= limits_.most) {
      const TimePoint now = SteadyClock().now();
      if (Slot* idlest = idlestLocked(now)) {
        idlest->state_ = Slot::State::kLost;
        end = std::move(idlest->end_);
        held_.remove(idlest);
      } else if (now >= until) {
        slot->state_ = Slot::State::kGivenBack;
        break;
      } else {
        changed_.wait_for(lock, std::min(until, nextLookLocked(now)) - now);
      }
    }
    --takers_;
    if (slot->state_ == Slot::State::kHeld) held_.push_back(slot.get());
  }
  if (end) end();
  return slot->state_ == Slot::State::kHeld ? std::move(slot) : nullptr;
}

}  // namespace kiln::api::codecommit
