#include "store/logs/log_cleaner.h"

#include <vector>

namespace kiln::store {
namespace {

constexpr std::size_t kNotesPerCommit = 128;
constexpr std::size_t kStreamsPerCommit = 50;
constexpr std::size_t kGroupsPerPage = 100;

Status eraseAll(Txn& txn, const ResourceKey& owner, const std::vector<Note>& notes) {
  for (const Note& note : notes) {
    if (auto erased = txn.eraseNote(owner, note.name); !erased.ok()) return erased;
  }
  return okStatus();
}

}  // namespace

Status LogCleaner::trim(TimePoint now, const std::stop_token& stop) {
  std::string cursor;
  do {
    auto page = store_.scanIndex(kAllLogGroupsIndex, cursor, kGroupsPerPage, Order::kAscending);
    if (!page.ok()) return page.error();
    for (const auto& [entry, key] : page->entries) {
      auto group = catalog_.findGroup(key.scope, key.name);
      if (!group.ok()) return group.error();
      const auto expiry = *group ? (*group)->expiry(toUnixMillis(now)) : 0;
      if (expiry == 0 || stop.stop_requested()) continue;
      if (auto done = trimGroup(**group, expiry, stop); !done.ok()) return done;
    }
    cursor = std::move(page->next);
  } while (!cursor.empty() && !stop.stop_requested());
  return okStatus();
}

Status LogCleaner::trimGroup(const LogGroup& group, std::int64_t expiry,
                             const std::stop_token& stop) {
  std::string cursor;
  do {
    auto page = catalog_.listStreams(group, "", cursor, kStreamsPerCommit, Order::kAscending);
    if (!page.ok()) return page.error();
    for (const auto& name : page->names) {
      auto stream = catalog_.findStream(group, name);
      if (!stream.ok()) return stream.error();
      if (!*stream || stop.stop_requested()) continue;
      if (auto done = trimStream(group, **stream, expiry, stop); !done.ok()) return done;
    }
    cursor = std::move(page->next);
  } while (!cursor.empty() && !stop.stop_requested());
  return okStatus();
}

Status LogCleaner::trimStream(const LogGroup& group, const LogStream& stream, std::int64_t expiry,
                              const std::stop_token& stop) {
  auto figures = catalog_.figures(stream);
  if (!figures.ok()) return figures.error();
  if (!figures->firstEvent || *figures->firstEvent >= expiry) return okStatus();
  for (RowLevel level = 0; level < kRowSpans.size(); ++level) {
    std::string from;
    for (bool more = (figures->levels >> level & 1U) != 0; more && !stop.stop_requested();) {
      auto chunk = trimChunk(stream, level, expiry, from);
      if (!chunk.ok()) return chunk.error().code == Code::kNotFound ? okStatus() : chunk.error();
      more = *chunk;
    }
  }
  if (stop.stop_requested()) return okStatus();
  return refreshFirst(group, stream, expiry);
}

// The next rows of the level; whether there may be more. Those that hold an event that has not expired stay.
Result<bool> LogCleaner::trimChunk(const LogStream& stream, RowLevel level, std::int64_t expiry,
                                   std::string& from) {
  const NoteRange range{
      .prefix = rowPrefix(level), .from = from, .before = rowName({level, {expiry, 0}})};
  auto notes = store_.scanNotes(stream.data(), range, kNotesPerCommit, Order::kAscending);
  if (!notes.ok()) return notes.error();
  const bool more = notes->size() == kNotesPerCommit;
  if (!notes->empty()) from = notes->back().name + '\0';
  std::vector<Note> expired;
  std::uint64_t bytes = 0;
  for (Note& note : *notes) {
    auto header = readRowHeader(note.name, note.value);
    if (!header.ok()) return header.error();
    if (header->last.timestamp >= expiry) continue;
    bytes += header->bytes;
    expired.push_back(std::move(note));
  }
  if (expired.empty()) return more;
  auto done = store_.commit(Durability::kBuffered, [&](Txn& txn) -> Status {
    if (auto there = checkStream(txn, stream); !there.ok()) return there;
    auto figures = getFigures(txn, stream);
    if (!figures.ok()) return figures.error();
    auto after = *figures;
    after.bytes -= bytes;
    if (auto put = putFigures(txn, stream, *figures, after); !put.ok()) return put;
    return eraseAll(txn, stream.data(), expired);
  });
  if (!done.ok()) return done.error();
  return more;
}

// When something came in while it looked, what it found may not be the first: the next round looks again.
Status LogCleaner::refreshFirst(const LogGroup& group, const LogStream& stream,
                                std::int64_t expiry) {
  auto looked = catalog_.figures(stream);
  if (!looked.ok()) return looked.error();
  auto reader = events_.read(group, stream, {{expiry, 0}, kLastPosition}, Order::kAscending);
  if (!reader.ok()) return reader.error();
  auto first = reader->next();
  if (!first.ok()) return first.error();
  auto done = store_.commit(Durability::kBuffered, [&](Txn& txn) -> Status {
    if (auto there = checkStream(txn, stream); !there.ok()) return there;
    auto figures = getFigures(txn, stream);
    if (!figures.ok()) return figures.error();
    if (figures->nextSequence != looked->nextSequence) return okStatus();
    auto after = *figures;
    if (*first) {
      after.firstEvent = (*first)->at.timestamp;
    } else if (figures->bytes == 0) {
      after.firstEvent = after.lastEvent = std::nullopt;
      after.levels = 0;
    }
    return putFigures(txn, stream, *figures, after);
  });
  if (!done.ok() && done.error().code != Code::kNotFound) return done.error();
  return okStatus();
}

Status LogCleaner::clear(const std::stop_token& stop) {
  for (;;) {
    auto page = store_.scanIndex(kLogGarbageIndex, "", kGroupsPerPage, Order::kAscending);
    if (!page.ok()) return page.error();
    if (page->entries.empty()) return okStatus();
    for (const auto& [entry, key] : page->entries) {
      auto garbage = store_.find(key);
      if (!garbage.ok()) return garbage.error();
      if (!*garbage) continue;
      if (auto done = clearOne(**garbage, stop); !done.ok()) return done;
      if (stop.stop_requested()) return okStatus();
    }
  }
}

Status LogCleaner::clearOne(const Resource& garbage, const std::stop_token& stop) {
  const ResourceKey& key = garbage.meta.key;
  if (isGroupsOwn(garbage)) {
    if (auto done = doomStreams(key, stop); !done.ok()) return done;
  }
  for (bool more = true; more && !stop.stop_requested();) {
    auto notes = store_.scanNotes(key, {}, kNotesPerCommit, Order::kAscending);
    if (!notes.ok()) return notes.error();
    more = !notes->empty();
    auto done = store_.commit(Durability::kBuffered, [&](Txn& txn) {
      return more ? eraseAll(txn, key, *notes) : txn.erase(key, garbage.meta.resourceVersion);
    });
    if (!done.ok()) return done.error();
  }
  return okStatus();
}

// The streams of a group that is gone: each becomes garbage of its own.
Status LogCleaner::doomStreams(const ResourceKey& groupData, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto page = store_.scanIndex(logStreamsIndex(groupData.scope, groupData.name), "",
                                 kStreamsPerCommit, Order::kAscending);
    if (!page.ok()) return page.error();
    if (page->entries.empty()) return okStatus();
    auto done = store_.commit(Durability::kBuffered, [&](Txn& txn) -> Status {
      for (const auto& [entry, key] : page->entries) {
        auto found = txn.find(key);
        if (!found.ok()) return found.error();
        if (!*found) continue;
        auto stream = toLogStream(**found);
        if (!stream.ok()) return stream.error();
        Status moved = txn.create(logGarbage(stream->data(), /*groupsOwn=*/false));
        if (moved.ok()) moved = txn.erase(key, stream->resourceVersion);
        if (!moved.ok()) return moved;
      }
      return okStatus();
    });
    if (!done.ok()) return done.error();
  }
  return okStatus();
}

}  // namespace kiln::store
