#include "store/logs/log_catalog.h"

#include <charconv>

namespace kiln::store {
namespace {

Error noGroup(std::string_view name) {
  return {Code::kNotFound, "there is no log group " + std::string(name)};
}
Error noStream(std::string_view name) {
  return {Code::kNotFound, "there is no log stream " + std::string(name)};
}

Result<std::uint64_t> toBytes(const std::optional<std::string>& note) {
  std::uint64_t bytes = 0;
  if (!note) return bytes;
  const char* const end = note->data() + note->size();
  if (auto read = std::from_chars(note->data(), end, bytes);
      read.ec != std::errc() || read.ptr != end) {
    return Error{Code::kCorrupt, "reading a log group's bytes from the store: " + *note};
  }
  return bytes;
}

template <typename Value, typename Convert>
Result<std::optional<Value>> converted(const Result<std::optional<Resource>>& found,
                                       Convert convert) {
  if (!found.ok()) return found.error();
  if (!*found) return std::optional<Value>();
  auto value = convert(**found);
  if (!value.ok()) return value.error();
  return std::optional(std::move(*value));
}

Status addGroupBytes(Txn& txn, const LogStream& stream, std::uint64_t less, std::uint64_t more) {
  if (less == more) return okStatus();
  auto note = txn.findNote(stream.groupData(), kBytesNote);
  if (!note.ok()) return note.error();
  auto bytes = toBytes(*note);
  if (!bytes.ok()) return bytes.error();
  return txn.putNote(stream.groupData(), kBytesNote, std::to_string(*bytes - less + more));
}

}  // namespace

Result<LogGroup> getGroup(Txn& txn, const Scope& scope, std::string_view name) {
  auto found = txn.find(LogGroup::keyOf(scope, name));
  if (!found.ok()) return found.error();
  if (!*found) return noGroup(name);
  return toLogGroup(**found);
}

Status checkGroup(Txn& txn, const Scope& scope, std::string_view name, std::string_view uid) {
  auto group = getGroup(txn, scope, name);
  if (!group.ok()) return group.error();
  return group->uid == uid ? okStatus() : Status(noGroup(name));
}

Status checkStream(Txn& txn, const LogStream& stream) {
  if (auto group = checkGroup(txn, stream.scope, stream.group, stream.groupUid); !group.ok())
    return group;
  auto found = txn.find(stream.key());
  if (!found.ok()) return found.error();
  if (!*found) return noStream(stream.name);
  auto current = toLogStream(**found);
  if (!current.ok()) return current.error();
  return current->uid == stream.uid ? okStatus() : Status(noStream(stream.name));
}

Result<StreamFigures> getFigures(Txn& txn, const LogStream& stream) {
  auto note = txn.findNote(stream.data(), kFiguresNote);
  if (!note.ok()) return note.error();
  return *note ? decodeFigures(**note) : StreamFigures();
}

Status putFigures(Txn& txn, const LogStream& stream, const StreamFigures& before,
                  const StreamFigures& after) {
  const auto old = byTimeNote(before, stream.name);
  const auto now = byTimeNote(after, stream.name);
  Status done = old == now ? okStatus() : txn.eraseNote(stream.groupData(), old);
  if (done.ok()) done = txn.putNote(stream.groupData(), now, "");
  if (done.ok()) done = addGroupBytes(txn, stream, before.bytes, after.bytes);
  return done.ok() ? txn.putNote(stream.data(), kFiguresNote, encode(after)) : done;
}

Status LogCatalog::createGroup(LogGroup group) {
  group.uid = newUuid();
  group.creationTime = toUnixMillis(clock_.now());
  return dropValue(
      store_.commit(Durability::kSynced, [&](Txn& txn) { return txn.create(toResource(group)); }));
}

Result<std::optional<LogGroup>> LogCatalog::findGroup(const Scope& scope,
                                                      std::string_view name) const {
  return converted<LogGroup>(store_.find(LogGroup::keyOf(scope, name)), toLogGroup);
}

Status LogCatalog::changeGroup(const Scope& scope, std::string_view name,
                               const std::function<Status(LogGroup&)>& change) {
  return dropValue(store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    auto group = getGroup(txn, scope, name);
    if (!group.ok()) return group.error();
    if (auto changed = change(*group); !changed.ok()) return changed;
    return txn.update(toResource(*group), Half::kSpec);
  }));
}

Status LogCatalog::removeGroup(const Scope& scope, std::string_view name) {
  return dropValue(store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    auto group = getGroup(txn, scope, name);
    if (!group.ok()) return group.error();
    if (group->deletionProtected) {
      return Error{Code::kFailedPrecondition,
                   "log group " + group->name + " is protected from deletion"};
    }
    if (auto doomed = txn.create(logGarbage(group->data(), /*groupsOwn=*/true)); !doomed.ok())
      return doomed;
    return txn.erase(group->key(), group->resourceVersion);
  }));
}

Result<std::uint64_t> LogCatalog::storedBytes(const LogGroup& group) const {
  auto note = store_.findNote(group.data(), kBytesNote);
  if (!note.ok()) return note.error();
  return toBytes(*note);
}

Status LogCatalog::createStream(const LogGroup& group, std::string_view name) {
  const LogStream stream{.scope = group.scope,
                         .group = group.name,
                         .groupUid = group.uid,
                         .name = std::string(name),
                         .uid = newUuid(),
                         .creationTime = toUnixMillis(clock_.now())};
  return dropValue(store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    if (auto there = checkGroup(txn, group.scope, group.name, group.uid); !there.ok()) return there;
    if (auto made = txn.create(toResource(stream)); !made.ok()) return made;
    return putFigures(txn, stream, {}, {});
  }));
}

Result<std::optional<LogStream>> LogCatalog::findStream(const LogGroup& group,
                                                        std::string_view name) const {
  return converted<LogStream>(store_.find(LogStream::keyOf(group.scope, group.uid, name)),
                              toLogStream);
}

Status LogCatalog::removeStream(const LogGroup& group, std::string_view name) {
  return dropValue(store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    if (auto there = checkGroup(txn, group.scope, group.name, group.uid); !there.ok()) return there;
    auto found = txn.find(LogStream::keyOf(group.scope, group.uid, name));
    if (!found.ok()) return found.error();
    if (!*found) return noStream(name);
    auto stream = toLogStream(**found);
    if (!stream.ok()) return stream.error();
    auto figures = getFigures(txn, *stream);
    if (!figures.ok()) return figures.error();
    Status done = txn.eraseNote(stream->groupData(), byTimeNote(*figures, name));
    if (done.ok()) done = addGroupBytes(txn, *stream, figures->bytes, 0);
    if (done.ok()) done = txn.create(logGarbage(stream->data(), /*groupsOwn=*/false));
    return done.ok() ? txn.erase(stream->key(), stream->resourceVersion) : done;
  }));
}

Result<NamePage> LogCatalog::listIndex(const std::string& index, std::string_view prefix,
                                       std::string_view cursor, std::size_t limit,
                                       Order order) const {
  auto page = store_.scanIndex(index + std::string(prefix), cursor, limit, order);
  if (!page.ok()) return page.error();
  NamePage names;
  for (const auto& [entry, key] : page->entries) names.names.push_back(entry.substr(index.size()));
  names.next = std::move(page->next);
  return names;
}

Result<NamePage> LogCatalog::listGroups(const Scope& scope, std::string_view prefix,
                                        std::string_view cursor, std::size_t limit) const {
  return listIndex(logGroupsIndex(scope), prefix, cursor, limit, Order::kAscending);
}

Result<NamePage> LogCatalog::listStreams(const LogGroup& group, std::string_view prefix,
                                         std::string_view cursor, std::size_t limit,
                                         Order order) const {
  return listIndex(logStreamsIndex(group.scope, group.uid), prefix, cursor, limit, order);
}

Result<NamePage> LogCatalog::listStreamsByTime(const LogGroup& group, std::string_view cursor,
                                               std::size_t limit, Order order,
                                               std::optional<std::int64_t> since) const {
  NoteRange range{.prefix = std::string(kByTimePrefix), .from = {}, .before = {}};
  if (since) {
    StreamFigures edge;
    edge.lastEvent = since;
    range.from = byTimeNote(edge, "");
  }
  if (!cursor.empty()) {
    if (order == Order::kAscending) {
      range.from = std::string(cursor) + '\0';
    } else {
      range.before = cursor;
    }
  }
  auto notes = store_.scanNotes(group.data(), range, limit + 1, order);
  if (!notes.ok()) return notes.error();
  NamePage page;
  if (notes->size() > limit) {
    notes->pop_back();
    page.next = notes->back().name;
  }
  for (const Note& note : *notes) page.names.emplace_back(streamOfByTimeNote(note.name));
  return page;
}

Result<StreamFigures> LogCatalog::figures(const LogStream& stream) const {
  auto note = store_.findNote(stream.data(), kFiguresNote);
  if (!note.ok()) return note.error();
  return *note ? decodeFigures(**note) : StreamFigures();
}

}  // namespace kiln::store
