// LogCleaner: removes what nobody sees any more: rows that have expired, and what deleted groups and streams have left.
//
// In commits of bounded size, so that nobody waits long. Stopped or killed at any moment, the next round goes on.
// Owner: the daemon; store, catalog and log outlive it. Any thread. Failure: the store's own.
#pragma once

#include <cstddef>
#include <stop_token>

#include "store/logs/event_log.h"

namespace kiln::store {

class LogCleaner {
 public:
  LogCleaner(Store& store, const LogCatalog& catalog, const EventLog& events)
      : store_(store), catalog_(catalog), events_(events) {}

  // Removes the events that are older at `now` than their group keeps them. A row goes when all of its events have expired.
  Status trim(TimePoint now, const std::stop_token& stop = {});
  // Until nothing is left of what was deleted.
  Status clear(const std::stop_token& stop = {});

 private:
  Status trimGroup(const LogGroup& group, std::int64_t expiry, const std::stop_token& stop);
  Status trimStream(const LogGroup& group, const LogStream& stream, std::int64_t expiry,
                    const std::stop_token& stop);
  Result<bool> trimChunk(const LogStream& stream, RowLevel level, std::int64_t expiry,
                         std::string& from);
  Status refreshFirst(const LogGroup& group, const LogStream& stream, std::int64_t expiry);
  Status clearOne(const Resource& garbage, const std::stop_token& stop);
  Status doomStreams(const ResourceKey& groupData, const std::stop_token& stop);

  Store& store_;
  const LogCatalog& catalog_;
  const EventLog& events_;
};

}  // namespace kiln::store
