// WatchStream: one client's watch of builds, from its first line to the client's or the server's end.
//
// Without a version to resume from it begins with one ADDED line for each build there is (line version 0: a client cut off here
// begins again) and a BOOKMARK; then, as always, every change after that in order, each once. What is too old for the feed's
// window ends the stream with an ERROR line of code 410.
// Owner and thread: the server's thread for this answer. Store, hub and clock outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "api/http/response.h"
#include "api/watch/build_change.h"
#include "api/watch/build_selector.h"
#include "api/watch/feed_hub.h"
#include "api/watch/watch_line.h"
#include "controller/core/clock.h"

namespace kiln::api {

struct WatchLimits {
  Millis bookmarkEvery{15'000};  // silence after which the client is told how far it is
  Millis slice{500};             // how soon a silent stream notices that its client is gone
  std::size_t seat = 256;        // commits that may wait for a slow client
  std::size_t page = 256;        // changes or builds read at once
};

class WatchStream {
 public:
  WatchStream(const store::Store& store, FeedHub& hub, const Clock& clock, WatchLimits limits,
              BuildSelector selector, WatchFormat format);

  void run(std::optional<std::uint64_t> from, BodyWriter& out);

 private:
  bool begin(std::optional<std::uint64_t> from, BodyWriter& out);
  bool list(BodyWriter& out);
  bool catchUp(std::uint64_t target, BodyWriter& out);
  bool follow(Seat& seat, BodyWriter& out);
  void deliver(const ChangeSet& set);
  bool isNews(const ChangeSet& set, const BuildChange& change);
  void bookmark();
  bool fail(const Error& error, BodyWriter& out);
  bool flush(BodyWriter& out);

  const store::Store& store_;
  FeedHub& hub_;
  const Clock& clock_;
  const WatchLimits limits_;
  const BuildSelector selector_;
  const WatchFormat format_;
  std::uint64_t cursor_ = 0;                     // every commit up to here was delivered
  std::map<ResourceKey, std::uint64_t> listed_;  // listed in a state later than `cursor_` was then
  std::set<ResourceKey> removed_;                // told DELETED, record still there
  std::string buffer_;
  TimePoint lastWrite_;
};

}  // namespace kiln::api
