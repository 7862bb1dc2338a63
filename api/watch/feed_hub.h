// FeedHub: reads the store's feed once for all watchers of builds and renders each change once.
//
// A watcher takes a Seat: it is told of every change after the seat's `position`, up to `capacity` commits ahead of what it took.
// A seat whose watcher is slower than that is dropped (`lagging`): its watcher reads the feed by itself from the last
// version it has, and takes a new seat when it has caught up. So a slow client costs neither memory nor the others' time.
// Owner: main(), which makes it after the store and lets it outlive the HTTP server; a Seat belongs to one watcher and must go
// before the hub. Threads: any; one of its own, which sleeps while there are no seats. Failure: when the feed cannot be read
// every seat is dropped, so each watcher meets the error where it can tell its client.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "api/watch/build_change.h"
#include "api/watch/build_selector.h"
#include "controller/core/clock.h"
#include "store/store.h"

namespace kiln::api {

class FeedHub;

class Seat {
 public:
  struct Taken {
    std::vector<SharedChanges> sets;  // those that hold a change that the selector matches
    std::uint64_t position = 0;       // every matching change up to here was given
    bool lagging = false;             // dropped; the seat is of no more use
  };

  Seat(FeedHub& hub, BuildSelector selector, std::size_t capacity);
  ~Seat();
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  // Changes after this version come by the seat; what is older must be read from the feed.
  std::uint64_t start() const { return start_; }

  // What has come since the last call; waits at most `most` for something.
  Taken take(Millis most);

 private:
  friend class FeedHub;
  void offer(const std::vector<SharedChanges>& sets, std::uint64_t version);
  void drop();

  FeedHub& hub_;
  const BuildSelector selector_;
  const std::size_t capacity_;
  std::uint64_t start_ = 0;
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<SharedChanges> waiting_;
  std::uint64_t position_ = 0;
  bool lagging_ = false;
};

class FeedHub {
 public:
  explicit FeedHub(store::Store& store);
  ~FeedHub();
  FeedHub(const FeedHub&) = delete;
  FeedHub& operator=(const FeedHub&) = delete;

 private:
  friend class Seat;
  std::uint64_t enter(Seat& seat);
  void leave(Seat& seat);
  void run(std::stop_token stop);
  void readOn(std::uint64_t version);

  store::Store& store_;
  std::mutex mutex_;  // before any seat's
  std::condition_variable_any wake_;
  std::vector<Seat*> seats_;
  std::uint64_t position_ = 0;  // every seat was offered what came up to here
  bool changed_ = false;
  std::unique_ptr<store::Subscription> subscription_;
  std::jthread reader_;  // last: ends before anything it uses
};

}  // namespace kiln::api
