#include "store/objects/object_store.h"

#include <spdlog/spdlog.h>

#include <unordered_set>
#include <utility>

#include "store/objects/note_object_store.h"

namespace kiln::store {
namespace {

Result<std::unordered_set<std::string>> ownedFiles(const Store& store, int shard) {
  constexpr std::size_t kBatch = 1000;
  NoteRange range{.prefix = BlobFiles::shardPrefix(shard), .from = {}, .before = {}};
  std::unordered_set<std::string> owned;
  for (;;) {
    auto notes = store.scanNotes(fileIndex(), range, kBatch, Order::kAscending);
    if (!notes) return notes.error();
    for (auto& note : *notes) owned.insert(note.name);
    if (notes->size() < kBatch) return owned;
    range.from = notes->back().name + '\0';
  }
}

}  // namespace

NoteObjectStore::NoteObjectStore(std::unique_ptr<BlobFiles> files, std::size_t largestInline,
                                 Store& store, const Clock& clock)
    : files_(std::move(files)), largestInline_(largestInline), store_(store), clock_(clock) {
  std::promise<void> done;
  swept_ = done.get_future().share();
  sweeper_ = std::jthread([this, done = std::move(done)](const std::stop_token& stop) mutable {
    sweep(stop);
    done.set_value();
  });
}

NoteObjectStore::~NoteObjectStore() = default;

Status NoteObjectStore::change(const BucketId& bucket,
                               const std::function<Status(BucketTxn&)>& body, StoredBody* stored) {
  std::vector<std::string> freed;
  auto done = store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    auto opened = BucketTxn::in(txn, bucket, freed);
    if (!opened) return opened.error();
    if (stored != nullptr) {
      if (auto claimed = opened->claim(stored->files()); !claimed) return claimed;
    }
    return body(*opened);
  });
  // A commit that could not be synced may be found applied later (store.h): then the next start's sweep tells which files to keep.
  if (stored != nullptr && (done || done.error().code == Code::kUnavailable)) stored->release();
  if (!done) return done.error();
  files_->remove(freed);
  return okStatus();
}

Status NoteObjectStore::requireBucket(const BucketId& bucket) const {
  auto found = store_.find(bucket.key());
  if (!found) return found.error();
  if (!*found) return Error{Code::kGone, "there is no bucket " + bucket.name};
  return okStatus();
}

void NoteObjectStore::sweep(const std::stop_token& stop) {
  std::size_t removed = 0;
  for (int shard = 0; shard < BlobFiles::kShards && !stop.stop_requested(); ++shard) {
    auto swept = sweepShard(shard);
    if (swept) removed += *swept;
    if (!swept) {
      spdlog::warn("event=object-sweep-failed shard={} error=\"{}\"", shard, swept.error().message);
    }
  }
  if (removed > 0) spdlog::info("event=object-files-swept files={}", removed);
}

// Removes the files of earlier processes that nobody owns. The names are read first: a file without an owner has lost it then or
// never had one, as only files of this process may still get one.
Result<std::size_t> NoteObjectStore::sweepShard(int shard) {
  auto files = files_->list(shard);
  if (!files) return files.error();
  auto owned = ownedFiles(store_, shard);
  if (!owned) return owned.error();
  std::size_t removed = 0;
  for (const auto& file : *files) {
    if (files_->madeHere(file) || owned->contains(file)) continue;
    files_->removeUnlessPinned(file);
    ++removed;
  }
  return removed;
}

void NoteObjectStore::waitForSweep() { swept_.wait(); }

Result<std::unique_ptr<ObjectStore>> openObjectStore(const ObjectStoreOptions& options,
                                                     Store& store, const Clock& clock) {
  auto files = BlobFiles::open(options.directory, options.reserve);
  if (!files) return files.error();
  return std::unique_ptr<ObjectStore>(
      std::make_unique<NoteObjectStore>(std::move(*files), options.largestInline, store, clock));
}

}  // namespace kiln::store
