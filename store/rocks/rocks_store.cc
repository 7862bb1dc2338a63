#include "store/rocks/rocks_store.h"

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/utilities/write_batch_with_index.h>

#include <atomic>
#include <exception>
#include <utility>
#include <vector>

#include "store/rocks/codec.h"
#include "store/rocks/commit_queue.h"
#include "store/rocks/database.h"
#include "store/rocks/feed_window.h"
#include "store/rocks/keys.h"
#include "store/rocks/migrations.h"
#include "store/rocks/subscribers.h"
#include "store/rocks/transaction.h"

namespace kiln::store {
namespace {

constexpr std::string_view kIdKey = "id";
constexpr std::string_view kStateKey = "state";
constexpr std::string_view kProbeKey = "probe";
constexpr std::size_t kEventsPerTrim = 1024;

Result<StoreState> readState(const Database& database, const rocksdb::Snapshot* at) {
  auto bytes = database.find(keys::meta(kStateKey), at);
  if (!bytes) return bytes.error();
  if (!*bytes) return Error{Code::kCorrupt, "reading the store: its state is missing"};
  return decodeState(**bytes);
}

class RocksStore final : public Store {
 public:
  RocksStore(std::unique_ptr<Database> database, std::string id, StoreState state, int feedWindow);

  const std::string& id() const override { return id_; }
  Result<std::uint64_t> commit(Durability durability,
                               const std::function<Status(Txn&)>& body) override;
  Result<std::optional<Resource>> find(const ResourceKey& key) const override;
  Result<std::optional<std::string>> findNote(const ResourceKey& owner,
                                              std::string_view note) const override;
  Result<std::vector<Note>> scanNotes(const ResourceKey& owner, const NoteRange& range,
                                      std::size_t limit, Order order) const override;
  Result<IndexPage> scanIndex(std::string_view prefix, std::string_view cursor, std::size_t limit,
                              Order order) const override;
  std::uint64_t version() const override { return version_.load(); }
  Result<std::vector<FeedEntry>> readFeed(std::uint64_t version, std::size_t limit) const override;
  Result<std::vector<OutboxEntry>> readOutbox(std::uint64_t position,
                                              std::size_t limit) const override;
  Status trimOutbox(std::uint64_t position) override;
  std::unique_ptr<Subscription> subscribe(std::function<void(const Change&)> listener) override;
  Status probe() override;

 private:
  void runGroup(std::span<CommitRequest* const> group);
  Status catchUp();
  // Those whose fate is the write's; the others have their error.
  std::vector<CommitRequest*> runBodies(std::span<CommitRequest* const> group,
                                        rocksdb::WriteBatchWithIndex& batch, StoreState& next,
                                        std::vector<Change>& changes, bool& synced);
  Status writeGroup(rocksdb::WriteBatchWithIndex& batch, StoreState& next, bool synced);

  const std::unique_ptr<Database> database_;
  const std::string id_;
  const int feedWindow_;
  std::uint64_t opens_ = 0;             // the leader's: when state_ was last read
  StoreState state_;                    // the leader's
  bool unsynced_ = false;               // the leader's: a buffered commit has not been synced yet
  std::atomic<std::uint64_t> version_;  // state_.version, for everybody
  std::mutex trimming_;                 // one trimOutbox() at a time
  std::atomic<std::uint64_t> trimmed_;  // events up to here are known to be gone
  Subscribers subscribers_;
  CommitQueue queue_;
};

RocksStore::RocksStore(std::unique_ptr<Database> database, std::string id, StoreState state,
                       int feedWindow)
    : database_(std::move(database)),
      id_(std::move(id)),
      feedWindow_(feedWindow),
      state_(std::move(state)),
      version_(state_.version),
      trimmed_(0),
      queue_([this](auto group) { runGroup(group); }) {}

Result<std::uint64_t> RocksStore::commit(Durability durability,
                                         const std::function<Status(Txn&)>& body) {
  CommitRequest request{.durability = durability, .body = body};
  queue_.submit(request);
  subscribers_.tell();
  return std::move(request.outcome);
}

Status runBody(const std::function<Status(Txn&)>& body, Txn& txn) {
  try {
    return body(txn);
  } catch (const std::exception& thrown) {
    return Error{Code::kInternal, std::string("commit: the transaction threw: ") + thrown.what()};
  } catch (...) {
    return Error{Code::kInternal, "commit: the transaction threw something unknown"};
  }
}

// Every commit of the group that did not fail by itself shares the fate of the one write, even one that only read: it may have
// read what the group wrote.
void RocksStore::runGroup(std::span<CommitRequest* const> group) {
  if (auto ready = catchUp(); !ready) {
    for (CommitRequest* request : group) request->outcome = ready.error();
    return;
  }
  rocksdb::WriteBatchWithIndex batch(rocksdb::BytewiseComparator(), 0, /*overwrite_key=*/true);
  StoreState next = state_;
  std::vector<Change> changes;
  bool synced = false;
  const auto done = runBodies(group, batch, next, changes, synced);
  if (auto written = writeGroup(batch, next, synced); !written) {
    for (CommitRequest* request : done) request->outcome = written.error();
    return;
  }
  state_ = std::move(next);
  version_.store(state_.version);
  subscribers_.publish(std::move(changes));
}

std::vector<CommitRequest*> RocksStore::runBodies(std::span<CommitRequest* const> group,
                                                  rocksdb::WriteBatchWithIndex& batch,
                                                  StoreState& next, std::vector<Change>& changes,
                                                  bool& synced) {
  std::vector<CommitRequest*> done;
  const auto open = database_->access();
  for (CommitRequest* request : group) {
    if (open.rocks == nullptr) {
      request->outcome = Error{Code::kUnavailable, "commit: the store was closed by an error"};
      continue;
    }
    RocksTxn txn(*open.rocks, batch, next);
    if (auto ran = runBody(request->body, txn); !ran) {
      txn.drop();
      request->outcome = ran.error();
      continue;
    }
    if (txn.empty()) {
      txn.drop();
    } else {
      next = txn.keep(changes);
    }
    request->outcome = next.version;
    synced |= request->durability == Durability::kSynced;
    done.push_back(request);
  }
  return done;
}

// After the database was opened again, a write that was reported as failed because it could not be synced may be there.
Status RocksStore::catchUp() {
  if (auto mended = database_->mend(); !mended) return mended;
  const auto opens = database_->opens();
  if (opens == opens_) return okStatus();
  auto state = readState(*database_, nullptr);
  if (!state) return state.error();
  state_ = std::move(*state);
  version_.store(state_.version);
  unsynced_ = false;
  opens_ = opens;
  return okStatus();
}

Status RocksStore::writeGroup(rocksdb::WriteBatchWithIndex& batch, StoreState& next, bool synced) {
  const bool wrote = next.version != state_.version;
  if (!wrote && !(synced && unsynced_)) return okStatus();
  rocksdb::WriteBatch& writes = *batch.GetWriteBatch();
  if (wrote && advanceFeed(next, feedWindow_)) {
    writes.DeleteRange(keys::feed(state_.feedBegin, 0), keys::feed(next.feedBegin + 1, 0))
        .PermitUncheckedError();
  }
  if (wrote) writes.Put(keys::meta(kStateKey), encodeState(next)).PermitUncheckedError();
  auto status = database_->write(writes, synced);
  if (status) unsynced_ = !synced;
  return status;
}

Result<std::optional<Resource>> RocksStore::find(const ResourceKey& key) const {
  auto bytes = database_->find(keys::resource(key));
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Resource>();
  auto resource = decodeResource(**bytes);
  if (!resource) return resource.error();
  return std::optional(std::move(*resource));
}

Result<std::optional<std::string>> RocksStore::findNote(const ResourceKey& owner,
                                                        std::string_view note) const {
  return database_->find(keys::note(owner, note));
}

// A cursor is the row of the last entry given, without its table; an index key alone stands for all its entries.
std::pair<std::string, std::string> rangeAfter(std::string_view prefix, std::string_view cursor,
                                               Order order) {
  auto from = keys::indexPrefix(prefix);
  auto to = keys::after(from);
  if (cursor.empty()) return {from, to};
  const auto row = keys::indexRow(cursor);
  const bool whole = keys::parseIndex(row).has_value();
  const auto first = whole ? row : keys::indexEntries(cursor);
  const auto last = whole ? row + '\0' : keys::after(first);
  if (order == Order::kAscending) {
    from = std::max(from, last);
  } else {
    to = std::min(to, first);
  }
  return {std::min(from, to), to};
}

Result<std::vector<Note>> RocksStore::scanNotes(const ResourceKey& owner, const NoteRange& range,
                                                std::size_t limit, Order order) const {
  auto [from, to] = keys::noteRange(owner, range);
  Scan scan(*database_, std::move(from), std::move(to));
  const bool up = order == Order::kAscending;
  const std::size_t skip = keys::notesOf(owner).size();
  std::vector<Note> notes;
  for (up ? scan.toFirst() : scan.toLast(); scan.valid() && notes.size() < limit;
       up ? scan.next() : scan.previous()) {
    notes.push_back({std::string(scan.key().substr(skip)), std::string(scan.value())});
  }
  if (auto status = scan.status("reading notes"); !status) return status.error();
  return notes;
}

Result<IndexPage> RocksStore::scanIndex(std::string_view prefix, std::string_view cursor,
                                        std::size_t limit, Order order) const {
  if (limit == 0) return Error{Code::kInvalidArgument, "reading an index: the limit is zero"};
  auto [from, to] = rangeAfter(prefix, cursor, order);
  Scan scan(*database_, std::move(from), std::move(to));
  const bool up = order == Order::kAscending;
  IndexPage page;
  std::string last;
  for (up ? scan.toFirst() : scan.toLast(); scan.valid(); up ? scan.next() : scan.previous()) {
    if (page.entries.size() == limit) {
      page.next = last.substr(1);
      break;
    }
    last = scan.key();
    auto entry = keys::parseIndex(last);
    if (!entry) return Error{Code::kCorrupt, "reading an index: an entry is not what was written"};
    page.entries.emplace_back(std::move(entry->indexKey), std::move(entry->key));
  }
  if (auto status = scan.status("reading an index"); !status) return status.error();
  return page;
}

// A page never ends inside a commit, as the next one begins after a version; only a commit with more changes than `limit` makes
// it longer.
Result<std::vector<FeedEntry>> RocksStore::readFeed(std::uint64_t version,
                                                    std::size_t limit) const {
  const auto open = database_->access();
  if (open.rocks == nullptr) {
    return Error{Code::kUnavailable, "reading changes: the store was closed by an error"};
  }
  rocksdb::ManagedSnapshot now(open.rocks);
  auto state = readState(*database_, now.snapshot());
  if (!state) return state.error();
  if (version < state->feedBegin || version > state->version) {
    return Error{Code::kGone, "reading changes after version " + std::to_string(version) +
                                  ": those after " + std::to_string(state->feedBegin) + " up to " +
                                  std::to_string(state->version) + " are kept"};
  }
  std::vector<FeedEntry> entries;
  std::size_t whole = 0;  // entries of commits that are complete
  Scan scan(*database_, keys::feed(version + 1, 0), keys::feed(state->version + 1, 0),
            now.snapshot());
  for (scan.toFirst(); scan.valid(); scan.next()) {
    const auto at = keys::parseFeedVersion(scan.key());
    if (!entries.empty() && at != entries.back().resourceVersion) {
      whole = entries.size();
      if (whole >= limit) break;
    } else if (entries.size() >= limit && whole > 0) {
      break;
    }
    auto entry = decodeFeedEntry(scan.value());
    if (!entry) return entry.error();
    entries.push_back(std::move(*entry));
  }
  if (auto status = scan.status("reading changes"); !status) return status.error();
  if (scan.valid())
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(whole), entries.end());
  return entries;
}

Result<std::vector<OutboxEntry>> RocksStore::readOutbox(std::uint64_t position,
                                                        std::size_t limit) const {
  const auto from = std::max(position, trimmed_.load()) + 1;
  Scan scan(*database_, keys::outbox(from), keys::after(keys::outboxTable()));
  std::vector<OutboxEntry> entries;
  for (scan.toFirst(); scan.valid() && entries.size() < limit; scan.next()) {
    auto entry = decodeOutboxEntry(scan.value());
    if (!entry) return entry.error();
    entries.push_back(std::move(*entry));
  }
  if (auto status = scan.status("reading events"); !status) return status.error();
  return entries;
}

Status RocksStore::trimOutbox(std::uint64_t position) {
  std::lock_guard lock(trimming_);
  for (bool more = true; more;) {
    Scan scan(*database_, keys::outbox(trimmed_.load() + 1), keys::outbox(position + 1));
    rocksdb::WriteBatch batch;
    std::size_t count = 0;
    std::optional<std::uint64_t> last;
    for (scan.toFirst(); scan.valid() && count < kEventsPerTrim; scan.next(), ++count) {
      batch.Delete(rocksdb::Slice(scan.key().data(), scan.key().size())).PermitUncheckedError();
      last = keys::parseOutbox(scan.key());
    }
    if (auto status = scan.status("removing events"); !status) return status;
    more = scan.valid();
    if (!last) return okStatus();
    if (auto written = database_->write(batch, /*synced=*/false); !written) return written;
    trimmed_.store(*last);
  }
  return okStatus();
}

std::unique_ptr<Subscription> RocksStore::subscribe(std::function<void(const Change&)> listener) {
  return subscribers_.add(std::move(listener));
}

Status RocksStore::probe() {
  if (auto present = database_->checkPresent(); !present) return present;
  rocksdb::WriteBatch batch;
  batch.Put(keys::meta(kProbeKey), "").PermitUncheckedError();
  return database_->write(batch, /*synced=*/true);
}

// A database without a schema number was never more than begun, so it must be empty.
Result<std::string> findOrMakeIdentity(Database& database) {
  auto schema = database.find(keys::meta(kSchemaKey));
  if (!schema) return schema.error();
  if (*schema) {
    if (auto migrated = migrate(database, migrations()); !migrated) return migrated.error();
    auto id = database.find(keys::meta(kIdKey));
    if (!id) return id.error();
    if (!*id) return Error{Code::kCorrupt, "reading the store: its id is missing"};
    return std::move(**id);
  }
  Scan scan(database, std::string(1, '\0'), std::string(1, '\xff'));
  scan.toFirst();
  if (scan.valid()) return Error{Code::kCorrupt, "reading the store: its schema number is missing"};
  if (auto status = scan.status("reading the store"); !status) return status.error();
  auto id = newUuid();
  rocksdb::WriteBatch batch;
  batch.Put(keys::meta(kSchemaKey), encodeNumber(newestSchema(migrations())))
      .PermitUncheckedError();
  batch.Put(keys::meta(kIdKey), id).PermitUncheckedError();
  batch.Put(keys::meta(kStateKey), encodeState({})).PermitUncheckedError();
  if (auto written = database.write(batch, /*synced=*/true); !written) return written.error();
  return id;
}

}  // namespace

Result<std::unique_ptr<Store>> openRocksStore(const RocksOptions& options) {
  auto database = Database::open(options.directory, options.env);
  if (!database) return database.error();
  auto id = findOrMakeIdentity(**database);
  if (!id) return Error{id.error().code, options.directory.string() + ": " + id.error().message};
  auto state = readState(**database, nullptr);
  if (!state)
    return Error{state.error().code, options.directory.string() + ": " + state.error().message};
  return std::unique_ptr<Store>(
      new RocksStore(std::move(*database), std::move(*id), std::move(*state), options.feedWindow));
}

}  // namespace kiln::store
