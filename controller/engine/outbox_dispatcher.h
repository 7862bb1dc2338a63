// OutboxDispatcher: delivers what the outbox holds to each sink at its own pace: a thread and a cursor for each.
//
// At least once, in the order of the commits (so in order for each build), each event with its stable id. A failing sink is tried again with
// backoff for `giveUpAfter`, then the event is dropped for it with an ERROR in the log; it delays no build and
// no other sink. The cursor is kept in the store after each batch; events that every sink has had are trimmed. Owner: main().
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "controller/core/clock.h"
#include "controller/engine/event_sink.h"
#include "controller/engine/probe.h"
#include "store/store.h"

namespace kiln::engine {

class OutboxDispatcher {
 public:
  struct Options {
    Millis backoffBase{200};
    Millis backoffCap{30'000};
    Millis giveUpAfter{24 * 3600 * 1000};
  };

  OutboxDispatcher(store::Store& store, const Clock& clock,
                   std::vector<std::unique_ptr<EventSink>> sinks, Options options,
                   const Probe& probe);
  ~OutboxDispatcher();
  OutboxDispatcher(const OutboxDispatcher&) = delete;
  OutboxDispatcher& operator=(const OutboxDispatcher&) = delete;

  void wake();  // there may be something new
  std::uint64_t lag()
      const;  // events that some sink has not had yet; counts at most `kMostCounted`
  static constexpr std::uint64_t kMostCounted = 10'000;

 private:
  struct Lane {
    std::unique_ptr<EventSink> sink;
    std::atomic<std::uint64_t> delivered = 0;  // cursor
  };

  void run(Lane& lane, const std::stop_token& stop);
  bool deliverBatch(Lane& lane, const std::stop_token& stop);
  bool deliver(Lane& lane, const store::OutboxEntry& entry, const std::stop_token& stop);
  void saveCursor(Lane& lane);
  void trim();
  bool pause(Millis most, const std::stop_token& stop, std::uint64_t seen);
  std::uint64_t lowest() const;

  store::Store& store_;
  const Clock& clock_;
  const Options options_;
  const Probe& probe_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t wakes_ = 0;
  std::vector<std::jthread> threads_;  // last: end before what they use
};

}  // namespace kiln::engine
