#include "store/logs/event_log.h"

#include <algorithm>

namespace kiln::store {
namespace {

bool inOrder(const LogEvent& a, const LogEvent& b) { return a.timestamp < b.timestamp; }

StreamFigures with(StreamFigures figures, std::span<const LogEvent> events,
                   std::span<const NewRow> rows, std::int64_t ingestionTime) {
  const auto first = events.front().timestamp;
  const auto last = events.back().timestamp;
  figures.firstEvent = std::min(figures.firstEvent.value_or(first), first);
  figures.lastEvent = std::max(figures.lastEvent.value_or(last), last);
  figures.lastIngestion = std::max(figures.lastIngestion.value_or(0), ingestionTime);
  figures.nextSequence += events.size();
  for (const NewRow& row : rows) {
    figures.bytes += row.bytes;
    figures.levels |= 1U << row.level;
  }
  return figures;
}

Status refuseNegative(std::span<const LogEvent> events) {
  if (events.front().timestamp >= 0) return okStatus();
  return Error{Code::kInvalidArgument, "appending log events: the time " +
                                           std::to_string(events.front().timestamp) +
                                           " lies before 1970"};
}

}  // namespace

// A follower's place; the lock keeps it from being destroyed while it is told.
class EventLog::Seat {
 public:
  explicit Seat(Follower follower) : follower_(std::move(follower)) {}
  void tell(const LiveEvents& live) {
    std::lock_guard lock(mutex_);
    if (follower_) follower_(live);
  }
  void leave() {
    std::lock_guard lock(mutex_);
    follower_ = nullptr;
  }

 private:
  std::mutex mutex_;
  Follower follower_;
};

Status EventLog::append(const LogStream& stream, std::vector<LogEvent> events) {
  return append(stream, std::move(events), Durability::kSynced,
                [](Txn&) -> Status { return okStatus(); });
}

Status EventLog::append(const LogStream& stream, std::vector<LogEvent> events,
                        Durability durability, const std::function<Status(Txn&)>& also) {
  if (events.empty()) return okStatus();
  if (!std::is_sorted(events.begin(), events.end(), inOrder))
    std::stable_sort(events.begin(), events.end(), inOrder);
  if (auto possible = refuseNegative(events); !possible.ok()) return possible;
  const auto ingested = toUnixMillis(clock_.now());
  auto rows = packRows(events, ingested);
  if (!rows.ok()) return rows.error();
  auto committed = store_.commit(durability, [&](Txn& txn) -> Status {
    if (auto there = checkStream(txn, stream); !there.ok()) return there;
    auto before = getFigures(txn, stream);
    if (!before.ok()) return before.error();
    for (const NewRow& row : *rows) {
      const RowName name{row.level, {row.firstTime, before->nextSequence + row.index}};
      if (auto put = txn.putNote(stream.data(), rowName(name), row.value); !put.ok()) return put;
    }
    auto figures = putFigures(txn, stream, *before, with(*before, events, *rows, ingested));
    return figures.ok() ? also(txn) : figures;
  });
  if (!committed.ok()) return committed.error();
  tell({stream, ingested, events});
  return okStatus();
}

Result<LogStream> EventLog::ensureStream(const Scope& scope, std::string_view group,
                                         std::string_view stream) {
  const auto made = [](const Status& status) {
    return status.ok() || status.error().code == Code::kAlreadyExists;
  };
  auto found = catalog_.findGroup(scope, group);
  if (found.ok() && !*found) {
    LogGroup fresh;
    fresh.scope = scope;
    fresh.name = group;
    if (auto created = catalog_.createGroup(std::move(fresh)); !made(created))
      return created.error();
    found = catalog_.findGroup(scope, group);
  }
  if (!found.ok()) return found.error();
  if (!*found) return Error{Code::kNotFound, "log group " + std::string(group) + " was deleted"};
  auto there = catalog_.findStream(**found, stream);
  if (there.ok() && !*there) {
    if (auto created = catalog_.createStream(**found, stream); !made(created))
      return created.error();
    there = catalog_.findStream(**found, stream);
  }
  if (!there.ok()) return there.error();
  if (!*there) return Error{Code::kNotFound, "log stream " + std::string(stream) + " was deleted"};
  return std::move(**there);
}

Status EventLog::append(const Scope& scope, std::string_view group, std::string_view stream,
                        std::vector<LogEvent> events) {
  auto target = ensureStream(scope, group, stream);
  if (!target.ok()) return target.error();
  return append(*target, std::move(events));
}

Result<EventReader> EventLog::read(const LogGroup& group, const LogStream& stream,
                                   EventWindow window, Order order) const {
  auto figures = catalog_.figures(stream);
  if (!figures.ok()) return figures.error();
  const auto expiry = group.expiry(toUnixMillis(clock_.now()));
  window.from = std::max(window.from, EventPosition{expiry, 0});
  return EventReader(store_, stream.data(), figures->levels, window, order);
}

std::shared_ptr<void> EventLog::follow(Follower follower) {
  auto seat = std::make_shared<Seat>(std::move(follower));
  {
    std::lock_guard lock(mutex_);
    seats_.push_back(seat);
  }
  return {static_cast<void*>(seat.get()), [seat](void*) { seat->leave(); }};
}

void EventLog::tell(const LiveEvents& live) {
  std::vector<std::shared_ptr<Seat>> seats;
  {
    std::lock_guard lock(mutex_);
    seats_.remove_if([](const auto& seat) { return seat.expired(); });
    for (const auto& seat : seats_) seats.push_back(seat.lock());
  }
  for (const auto& seat : seats) {
    if (seat) seat->tell(live);
  }
}

}  // namespace kiln::store
