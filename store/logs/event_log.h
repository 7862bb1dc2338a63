// EventLog: the events of log streams: put in, read in order, followed live.
//
// What append() has answered is on disk, whole, once. Events are read in order of their times, those of one time as they came in,
// whatever the order in which they were appended. Two appends to one stream may run at once.
// Owner: the daemon; the store, the catalog and the clock outlive it. Any thread; a follower is told on the appender's thread,
// outside all locks of the store, and must be quick. Failure: kNotFound when group or stream is gone, and the store's own.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "store/logs/event_reader.h"
#include "store/logs/log_catalog.h"

namespace kiln::store {

// Events as they came in; only for the time of the call.
struct LiveEvents {
  const LogStream& stream;
  std::int64_t ingestionTime;
  std::span<const LogEvent> events;
};

class EventLog {
 public:
  using Follower = std::function<void(const LiveEvents&)>;

  EventLog(Store& store, LogCatalog& catalog, const Clock& clock)
      : store_(store), catalog_(catalog), clock_(clock) {}

  // Any number, in any order; they are sorted here.
  Status append(const LogStream& stream, std::vector<LogEvent> events);
  // As above; what `also` does is done in the same transaction. Unsynced they survive the process, and are lost with the machine
  // together.
  Status append(const LogStream& stream, std::vector<LogEvent> events, Durability durability,
                const std::function<Status(Txn&)>& also);
  // As the first, to a stream that is made when it is not there, and so is its group.
  Status append(const Scope& scope, std::string_view group, std::string_view stream,
                std::vector<LogEvent> events);

  Result<LogStream> ensureStream(const Scope& scope, std::string_view group,
                                 std::string_view stream);

  // Events within `window` that have not expired.
  Result<EventReader> read(const LogGroup& group, const LogStream& stream, EventWindow window,
                           Order order) const;

  // Until what it answers is destroyed; then no call is under way either.
  std::shared_ptr<void> follow(Follower follower);

 private:
  class Seat;
  void tell(const LiveEvents& live);

  Store& store_;
  LogCatalog& catalog_;
  const Clock& clock_;
  std::mutex mutex_;
  std::list<std::weak_ptr<Seat>> seats_;  // under mutex_
};

}  // namespace kiln::store
