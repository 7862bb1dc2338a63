// GroupReader: the events of many streams of one group as one sequence, in order of time; events of one time by the names of their
// streams, those of one stream as they came in.
//
// A stream is opened when its turn comes, so that what lies after the place where the caller stops costs little.
// Owner and thread: the caller's. Log and catalog outlive it. Failure: as EventReader.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/logs/event_log.h"

namespace kiln::store {

// A place in the sequence.
struct GroupPosition {
  std::int64_t timestamp = 0;
  std::string stream;
  std::uint64_t sequence = 0;
  auto operator<=>(const GroupPosition&) const = default;
};

struct GroupEvent {
  const LogStream* stream = nullptr;  // as long as the reader
  StoredEvent event;

  GroupPosition position() const { return {event.at.timestamp, stream->name, event.at.sequence}; }
};

class GroupReader {
 public:
  // `before` is a time. `after`: only what follows it.
  GroupReader(const EventLog& log, const LogCatalog& catalog, LogGroup group, std::int64_t from,
              std::int64_t before, std::optional<GroupPosition> after);

  // Which streams are read; before the first next(). The named one, if it is there; or all whose names `wanted` takes.
  Result<bool> addStream(std::string_view name);
  Status addStreams(const std::function<bool(std::string_view name)>& wanted);

  // nullopt at the end.
  Result<std::optional<GroupEvent>> next();

 private:
  struct Source {
    LogStream stream;
    GroupPosition top;  // of `event`, or before it is opened no later than its first
    std::optional<EventReader> reader;
    std::optional<StoredEvent> event;
  };

  EventPosition begin(const std::string& stream) const;
  Status add(LogStream stream);
  void push(std::size_t source);
  Status advance(Source& source);

  const EventLog& log_;
  const LogCatalog& catalog_;
  const LogGroup group_;
  const std::int64_t from_;
  const std::int64_t before_;
  const std::optional<GroupPosition> after_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::size_t> heap_;
};

}  // namespace kiln::store
