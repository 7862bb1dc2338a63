#include "store/rocks/transaction.h"

#include <rocksdb/db.h>
#include <rocksdb/utilities/write_batch_with_index.h>

#include <algorithm>
#include <iterator>

#include "store/rocks/database.h"
#include "store/rocks/keys.h"

namespace kiln::store {
namespace {

std::string say(const ResourceKey& key) {
  return key.kind + " " + key.name + " (" + key.scope.account + ", " + key.scope.region + ")";
}

std::set<std::string> asSet(const std::vector<std::string>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

RocksTxn::RocksTxn(rocksdb::DB& rocks, rocksdb::WriteBatchWithIndex& batch,
                   const StoreState& before)
    : rocks_(rocks), batch_(batch), state_(before) {
  ++state_.version;
  batch_.SetSavePoint();
}

StoreState RocksTxn::keep(std::vector<Change>& changes) {
  batch_.PopSavePoint().PermitUncheckedError();
  std::move(changes_.begin(), changes_.end(), std::back_inserter(changes));
  state_.feedOpen += changesInFeed_;
  return state_;
}

void RocksTxn::drop() {
  (wrote_ ? batch_.RollbackToSavePoint() : batch_.PopSavePoint()).PermitUncheckedError();
}

Result<std::optional<std::string>> RocksTxn::read(const std::string& key) {
  std::string value;
  const auto status = batch_.GetFromBatchAndDB(&rocks_, rocksdb::ReadOptions(), key, &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return fromRocks(status, "reading from the store");
  return std::optional(std::move(value));
}

void RocksTxn::put(const std::string& key, const std::string& value) {
  wrote_ = true;
  batch_.Put(key, value).PermitUncheckedError();
}

void RocksTxn::remove(const std::string& key) {
  wrote_ = true;
  batch_.Delete(key).PermitUncheckedError();
}

template <typename Visit>
Status RocksTxn::walk(const std::string& prefix, Visit visit) {
  const auto end = keys::after(prefix);
  const rocksdb::Slice bound = end;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  std::unique_ptr<rocksdb::Iterator> iterator(
      batch_.NewIteratorWithBase(rocks_.NewIterator(options)));
  for (iterator->Seek(prefix); iterator->Valid(); iterator->Next()) {
    if (!iterator->key().starts_with(prefix) || !visit(iterator->key().ToString())) break;
  }
  const auto status = iterator->status();
  return status.ok() ? okStatus() : Status(fromRocks(status, "reading from the store"));
}

Result<std::optional<Resource>> RocksTxn::find(const ResourceKey& key) {
  auto bytes = read(keys::resource(key));
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Resource>();
  auto resource = decodeResource(**bytes);
  if (!resource) return resource.error();
  return std::optional(std::move(*resource));
}

Result<Resource> RocksTxn::getAt(const ResourceKey& key, std::uint64_t resourceVersion,
                                 std::string_view verb) {
  const auto attempted = std::string(verb) + " " + say(key);
  auto stored = find(key);
  if (!stored) return stored.error();
  if (!*stored) return Error{Code::kNotFound, attempted + ": there is none"};
  const auto current = (*stored)->meta.resourceVersion;
  if (current != resourceVersion) {
    return Error{Code::kConflict, attempted + " at version " + std::to_string(resourceVersion) +
                                      ": it is at version " + std::to_string(current)};
  }
  return std::move(**stored);
}

Status RocksTxn::create(Resource resource) {
  Meta& meta = resource.meta;
  if (meta.key.kind.empty() || meta.key.name.empty()) {
    return Error{Code::kInvalidArgument, "creating " + say(meta.key) + ": kind and name required"};
  }
  auto stored = read(keys::resource(meta.key));
  if (!stored) return stored.error();
  if (*stored) {
    return Error{Code::kAlreadyExists, "creating " + say(meta.key) + ": there is one"};
  }
  meta.resourceVersion = state_.version;
  meta.generation = 1;
  put(keys::resource(meta.key), encodeResource(resource));
  writeIndex(resource, {}, meta.indexKeys);
  record(ChangeType::kAdded, resource);
  return okStatus();
}

Status RocksTxn::update(Resource resource, Half half) {
  Meta& meta = resource.meta;
  auto stored = getAt(meta.key, meta.resourceVersion, "updating");
  if (!stored) return stored.error();
  const bool specChanged = resource.spec != stored->spec;
  const bool statusChanged = resource.status != stored->status;
  if (half == Half::kSpec ? statusChanged : specChanged) {
    return Error{Code::kFailedPrecondition,
                 "updating " + say(meta.key) + ": a write of the " +
                     (half == Half::kSpec ? "spec may not change the status"
                                          : "status may not change the spec")};
  }
  meta.resourceVersion = state_.version;
  meta.generation = stored->meta.generation + (half == Half::kSpec ? 1 : 0);
  put(keys::resource(meta.key), encodeResource(resource));
  writeIndex(resource, stored->meta.indexKeys, meta.indexKeys);
  record(ChangeType::kModified, resource);
  return okStatus();
}

Status RocksTxn::erase(const ResourceKey& key, std::uint64_t resourceVersion) {
  auto stored = getAt(key, resourceVersion, "erasing");
  if (!stored) return stored.error();
  std::vector<std::string> notes;
  auto walked = walk(keys::notesOf(key), [&](std::string note) {
    notes.push_back(std::move(note));
    return true;
  });
  if (!walked) return walked;
  for (const auto& note : notes) remove(note);
  remove(keys::resource(key));
  writeIndex(*stored, stored->meta.indexKeys, {});
  record(ChangeType::kDeleted, *stored);
  return okStatus();
}

void RocksTxn::writeIndex(const Resource& resource, const std::vector<std::string>& before,
                          const std::vector<std::string>& after) {
  const auto old = asSet(before);
  const auto now = asSet(after);
  for (const auto& key : old) {
    if (!now.contains(key)) remove(keys::index(key, resource.meta.key));
  }
  for (const auto& key : now) {
    if (!old.contains(key)) put(keys::index(key, resource.meta.key), "");
  }
}

void RocksTxn::record(ChangeType type, const Resource& resource) {
  put(keys::feed(state_.version, changesInFeed_++),
      encodeFeedEntry({.resourceVersion = state_.version, .type = type, .resource = resource}));
  changed(resource.meta.key, /*note=*/false);
}

void RocksTxn::changed(const ResourceKey& key, bool note) {
  const auto known = std::find_if(changes_.begin(), changes_.end(),
                                  [&](const Change& change) { return change.key == key; });
  if (known == changes_.end()) {
    changes_.push_back({.resourceVersion = state_.version, .key = key, .note = note});
  } else if (!note) {
    known->note = false;
  }
}

Result<std::optional<std::string>> RocksTxn::findNote(const ResourceKey& owner,
                                                      std::string_view note) {
  return read(keys::note(owner, note));
}

Status RocksTxn::putNote(const ResourceKey& owner, std::string_view note, std::string value) {
  put(keys::note(owner, note), value);
  changed(owner, /*note=*/true);
  return okStatus();
}

Status RocksTxn::eraseNote(const ResourceKey& owner, std::string_view note) {
  auto stored = findNote(owner, note);
  if (!stored) return stored.error();
  if (!*stored) return okStatus();
  remove(keys::note(owner, note));
  changed(owner, /*note=*/true);
  return okStatus();
}

Result<std::vector<Note>> RocksTxn::scanNotes(const ResourceKey& owner, const NoteRange& range,
                                              std::size_t limit, Order order) {
  const auto [from, to] = keys::noteRange(owner, range);
  const rocksdb::Slice lower = from;
  const rocksdb::Slice upper = to;
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> at(batch_.NewIteratorWithBase(rocks_.NewIterator(options)));
  const bool up = order == Order::kAscending;
  if (up) {
    at->Seek(from);
  } else {
    at->SeekForPrev(to);
    if (at->Valid() && at->key() == upper) at->Prev();
  }
  std::vector<Note> notes;
  const std::size_t skip = keys::notesOf(owner).size();
  for (; at->Valid() && notes.size() < limit; up ? at->Next() : at->Prev()) {
    const auto key = at->key();
    if (key.compare(lower) < 0 || key.compare(upper) >= 0) break;
    notes.push_back({key.ToString().substr(skip), at->value().ToString()});
  }
  const auto status = at->status();
  if (!status.ok()) return fromRocks(status, "reading notes");
  return notes;
}

Result<std::int64_t> RocksTxn::nextNumber(const Scope& scope, std::string_view counter) {
  const auto key = keys::counter(scope, counter);
  auto stored = read(key);
  if (!stored) return stored.error();
  std::uint64_t last = 0;
  if (*stored) {
    auto number = decodeNumber(**stored);
    if (!number) return number.error();
    last = *number;
  }
  put(key, encodeNumber(last + 1));
  return static_cast<std::int64_t>(last + 1);
}

Result<std::size_t> RocksTxn::countIndex(std::string_view prefix, std::size_t limit) {
  std::size_t count = 0;
  if (limit == 0) return count;
  auto walked =
      walk(keys::indexPrefix(prefix), [&](const std::string&) { return ++count < limit; });
  if (!walked) return walked.error();
  return count;
}

void RocksTxn::emit(OutboxEntry entry) {
  entry.position = ++state_.outboxPosition;
  put(keys::outbox(entry.position), encodeOutboxEntry(entry));
}

}  // namespace kiln::store
