#include <algorithm>

#include "store/objects/listing.h"
#include "store/objects/names.h"
#include "store/objects/note_object_store.h"

namespace kiln::store {

Result<BucketInfo> NoteObjectStore::createBucket(const BucketId& bucket, const NewBucket& request) {
  const BucketInfo info{.id = bucket, .region = request.region, .created = clock_.now()};
  auto done = store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    if (auto created = txn.create(toResource(info)); !created) return created;
    for (const auto& [name, text] : request.documents) {
      if (auto put = txn.putNote(bucket.key(), names::document(name), text); !put) return put;
    }
    return okStatus();
  });
  if (!done) return done.error();
  return info;
}

Result<std::optional<BucketInfo>> NoteObjectStore::findBucket(const BucketId& bucket) const {
  auto resource = store_.find(bucket.key());
  if (!resource) return resource.error();
  if (!*resource) return std::optional<BucketInfo>();
  auto info = toBucket(**resource);
  if (!info) return info.error();
  return std::optional(std::move(*info));
}

Result<BucketPage> NoteObjectStore::listBuckets(const std::string& account,
                                                const BucketQuery& query) const {
  constexpr std::size_t kBatch = 256;
  const auto table = bucketsOf(account);
  std::string cursor;
  BucketPage page;
  do {
    auto index = store_.scanIndex(table + query.prefix, cursor, kBatch, Order::kAscending);
    if (!index) return index.error();
    for (const auto& [entry, key] : index->entries) {
      if (key.name <= query.after) continue;
      auto bucket = findBucket({.account = account, .name = key.name});
      if (!bucket) return bucket.error();
      if (!*bucket || (!query.region.empty() && (*bucket)->region != query.region)) continue;
      if (page.buckets.size() == query.limit) {
        page.truncated = query.limit > 0;
        return page;
      }
      page.buckets.push_back(std::move(**bucket));
    }
    cursor = index->next;
  } while (!cursor.empty());
  return page;
}

namespace {

Status requireEmpty(const BucketNotes& notes, const BucketId& bucket) {
  for (const char table : {names::kLatest, names::kVersion}) {
    auto rows = notes.scan({.prefix = std::string(1, table), .from = {}, .before = {}}, 1);
    if (!rows) return rows.error();
    if (!rows->empty()) {
      return Error{Code::kFailedPrecondition, "deleting bucket " + bucket.name + ": not empty"};
    }
  }
  return okStatus();
}

// What the parts of uploads under way hold.
Status releaseParts(BucketTxn& txn) {
  constexpr std::size_t kBatch = 1000;
  NoteRange range{.prefix = names::partsOf(""), .from = {}, .before = {}};
  for (;;) {
    auto rows = txn.notes().scan(range, kBatch);
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      auto part = decodePart(row.value);
      if (!part) return part.error();
      if (auto released = txn.release(part->content); !released) return released;
    }
    if (rows->size() < kBatch) return okStatus();
    range.from = rows->back().name + '\0';
  }
}

}  // namespace

Status NoteObjectStore::deleteBucket(const BucketId& bucket) {
  std::vector<std::string> freed;
  auto done = store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    auto opened = BucketTxn::in(txn, bucket, freed);
    if (!opened) return opened.error();
    if (auto empty = requireEmpty(opened->notes(), bucket); !empty) return empty;
    if (auto released = releaseParts(*opened); !released) return released;
    auto resource = txn.find(bucket.key());
    if (!resource) return resource.error();
    return txn.erase(bucket.key(), (*resource)->meta.resourceVersion);
  });
  if (!done) return done.error();
  files_->remove(freed);
  return okStatus();
}

Status NoteObjectStore::setVersioning(const BucketId& bucket, Versioning versioning) {
  return dropValue(store_.commit(Durability::kSynced, [&](Txn& txn) -> Status {
    auto resource = txn.find(bucket.key());
    if (!resource) return resource.error();
    if (!*resource) return Error{Code::kGone, "there is no bucket " + bucket.name};
    auto info = toBucket(**resource);
    if (!info) return info.error();
    if (info->versioning == versioning) return okStatus();
    if (versioning == Versioning::kNever) {
      return Error{Code::kInvalidArgument, "versioning of bucket " + bucket.name +
                                               ": once enabled it can only be suspended"};
    }
    info->versioning = versioning;
    (*resource)->spec = toResource(*info).spec;
    return txn.update(**resource, Half::kSpec);
  }));
}

Result<std::optional<std::string>> NoteObjectStore::findDocument(const BucketId& bucket,
                                                                 std::string_view name) const {
  if (auto there = requireBucket(bucket); !there) return there.error();
  return store_.findNote(bucket.key(), names::document(name));
}

Status NoteObjectStore::setDocument(const BucketId& bucket, std::string_view name,
                                    std::optional<std::string> text) {
  const auto note = names::document(name);
  return change(bucket, [&](BucketTxn& txn) {
    return text ? txn.put(note, std::move(*text)) : txn.erase(note);
  });
}

Result<ObjectPage> NoteObjectStore::listObjects(const BucketId& bucket,
                                                const ObjectQuery& query) const {
  if (auto there = requireBucket(bucket); !there) return there.error();
  return store::listObjects(BucketNotes(store_, bucket), query);
}

Result<VersionPage> NoteObjectStore::listVersions(const BucketId& bucket,
                                                  const VersionQuery& query) const {
  if (auto there = requireBucket(bucket); !there) return there.error();
  return store::listVersions(BucketNotes(store_, bucket), query);
}

Result<UploadPage> NoteObjectStore::listUploads(const BucketId& bucket,
                                                const UploadQuery& query) const {
  if (auto there = requireBucket(bucket); !there) return there.error();
  return store::listUploads(BucketNotes(store_, bucket), query);
}

}  // namespace kiln::store
