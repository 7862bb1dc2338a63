#include "api/watch/feed_hub.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace kiln::api {
namespace {

constexpr std::size_t kPage = 512;

bool concerns(const ChangeSet& set, const BuildSelector& selector) {
  return std::any_of(set.changes.begin(), set.changes.end(),
                     [&](const BuildChange& change) { return selector.matches(change.key); });
}

}  // namespace

Seat::Seat(FeedHub& hub, BuildSelector selector, std::size_t capacity)
    : hub_(hub), selector_(std::move(selector)), capacity_(capacity) {
  start_ = hub_.enter(*this);
}

Seat::~Seat() { hub_.leave(*this); }

void Seat::offer(const std::vector<SharedChanges>& sets, std::uint64_t version) {
  {
    std::lock_guard lock(mutex_);
    if (lagging_) return;
    for (const SharedChanges& set : sets) {
      if (concerns(*set, selector_)) waiting_.push_back(set);
    }
    position_ = std::max(position_, version);
    if (waiting_.size() > capacity_) {
      waiting_.clear();
      lagging_ = true;
    }
    if (waiting_.empty() && !lagging_) return;
  }
  came_.notify_one();
}

void Seat::drop() {
  {
    std::lock_guard lock(mutex_);
    waiting_.clear();
    lagging_ = true;
  }
  came_.notify_one();
}

Seat::Taken Seat::take(Millis most) {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, most, [this] { return lagging_ || !waiting_.empty(); });
  Taken taken{
      .sets = {waiting_.begin(), waiting_.end()}, .position = position_, .lagging = lagging_};
  waiting_.clear();
  return taken;
}

FeedHub::FeedHub(store::Store& store) : store_(store) {
  subscription_ = store_.subscribe([this](const store::Change& change) {
    if (change.note) return;
    std::lock_guard lock(mutex_);
    if (seats_.empty()) return;
    changed_ = true;
    wake_.notify_one();
  });
  reader_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

FeedHub::~FeedHub() { subscription_.reset(); }

std::uint64_t FeedHub::enter(Seat& seat) {
  std::lock_guard lock(mutex_);
  if (seats_.empty()) position_ = std::max(position_, store_.version());
  seats_.push_back(&seat);
  seat.position_ = position_;
  return position_;
}

void FeedHub::leave(Seat& seat) {
  std::lock_guard lock(mutex_);
  std::erase(seats_, &seat);
}

void FeedHub::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::uint64_t version = 0;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return changed_; })) return;
      changed_ = false;
      version = position_;
    }
    readOn(version);
  }
}

void FeedHub::readOn(std::uint64_t version) {
  for (bool more = true; more;) {
    auto page = readChanges(store_, version, kPage);
    std::lock_guard lock(mutex_);
    if (!page.ok()) {
      spdlog::warn("event=watch-feed rv={} error=\"{}\"", version, page.error().message);
      for (Seat* seat : seats_) seat->drop();
      position_ = std::max(position_, store_.version());
      return;
    }
    for (Seat* seat : seats_) seat->offer(page->sets, page->version);
    position_ = std::max(position_, page->version);
    version = position_;
    more = !page->end && !seats_.empty();
  }
}

}  // namespace kiln::api
