// LogCatalog: which log groups and streams there are. Each change is one synced commit.
//
// Owner: the daemon; the store and the clock outlive it. Any thread.
// Failure: kAlreadyExists, kNotFound (of a group or a stream, as the call names them last), kFailedPrecondition for a group that is
// protected from deletion, and the store's own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/core/clock.h"
#include "store/logs/log_records.h"

namespace kiln::store {

// Names in order; `next` goes on after them and is empty at the end.
struct NamePage {
  std::vector<std::string> names;
  std::string next;
};

class LogCatalog {
 public:
  LogCatalog(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // `group` without uid and time of creation, which it gets here.
  Status createGroup(LogGroup group);
  Result<std::optional<LogGroup>> findGroup(const Scope& scope, std::string_view name) const;
  Status changeGroup(const Scope& scope, std::string_view name,
                     const std::function<Status(LogGroup&)>& change);
  // Gone when it returns, with its streams; what they held is cleared away later (LogCleaner).
  Status removeGroup(const Scope& scope, std::string_view name);
  Result<NamePage> listGroups(const Scope& scope, std::string_view prefix, std::string_view cursor,
                              std::size_t limit) const;
  Result<std::uint64_t> storedBytes(const LogGroup& group) const;

  Status createStream(const LogGroup& group, std::string_view name);
  Result<std::optional<LogStream>> findStream(const LogGroup& group, std::string_view name) const;
  Status removeStream(const LogGroup& group, std::string_view name);
  Result<NamePage> listStreams(const LogGroup& group, std::string_view prefix,
                               std::string_view cursor, std::size_t limit, Order order) const;
  // By the time of the last event; those without events come before all others. `since`: only those with one at that time or later.
  Result<NamePage> listStreamsByTime(const LogGroup& group, std::string_view cursor,
                                     std::size_t limit, Order order,
                                     std::optional<std::int64_t> since = std::nullopt) const;
  Result<StreamFigures> figures(const LogStream& stream) const;

 private:
  Result<NamePage> listIndex(const std::string& index, std::string_view prefix,
                             std::string_view cursor, std::size_t limit, Order order) const;

  Store& store_;
  const Clock& clock_;
};

// Inside a commit: the group or stream as it is now, kNotFound when it is gone or another one of its name took its place.
Result<LogGroup> getGroup(Txn& txn, const Scope& scope, std::string_view name);
Status checkGroup(Txn& txn, const Scope& scope, std::string_view name, std::string_view uid);
Status checkStream(Txn& txn, const LogStream& stream);
Result<StreamFigures> getFigures(Txn& txn, const LogStream& stream);
// Writes the figures and all that is derived from them.
Status putFigures(Txn& txn, const LogStream& stream, const StreamFigures& before,
                  const StreamFigures& after);

}  // namespace kiln::store
