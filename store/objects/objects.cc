#include <utility>

#include "store/objects/names.h"
#include "store/objects/note_object_store.h"

namespace kiln::store {
namespace {

constexpr int kTries = 100;  // of reading an object that is overwritten all the time

std::string say(const ObjectName& name, std::string_view versionId) {
  return "object " + name.key + " of bucket " + name.bucket.name +
         (versionId.empty() ? "" : ", version " + std::string(versionId));
}

Error noSuchVersion(const ObjectName& name, std::string_view versionId) {
  return {Code::kNotFound, "there is no " + say(name, versionId)};
}

Error isMarker(const ObjectName& name, std::string_view versionId) {
  return {Code::kFailedPrecondition, say(name, versionId) + " is a delete marker"};
}

}  // namespace

Result<std::optional<ObjectInfo>> NoteObjectStore::find(const ObjectName& name,
                                                        std::string_view versionId) const {
  if (auto there = requireBucket(name.bucket); !there) return there.error();
  auto found = locate(BucketNotes(store_, name.bucket), name.key, versionId);
  if (!found) return found.error();
  if (!*found) return std::optional<ObjectInfo>();
  return std::optional(toInfo(name.key, (*found)->record, (*found)->latest));
}

Result<std::unique_ptr<ObjectReader>> NoteObjectStore::open(const ObjectName& name,
                                                            std::string_view versionId) const {
  if (auto there = requireBucket(name.bucket); !there) return there.error();
  for (int i = 0; i < kTries; ++i) {
    auto found = locate(BucketNotes(store_, name.bucket), name.key, versionId);
    if (!found) return found.error();
    if (!*found) return noSuchVersion(name, versionId);
    if ((*found)->record.deleteMarker) return isMarker(name, versionId);
    auto reader = openNow(name, std::move(**found));
    if (!reader || *reader) return reader;
  }
  return Error{Code::kUnavailable, "opening " + say(name, versionId) + ": it changes too fast"};
}

// Files are pinned first. If the store still knows them then, whoever takes them out of it will find the pins.
Result<std::unique_ptr<ObjectReader>> NoteObjectStore::openNow(const ObjectName& name,
                                                               Located found) const {
  auto info = toInfo(name.key, found.record, found.latest);
  const Content& content = found.record.content;
  const auto note = [&] { return store_.findNote(name.bucket.key(), names::content(content.id)); };
  Manifest manifest;
  switch (content.place) {
    case Content::Place::kNowhere:
      return std::unique_ptr<ObjectReader>(
          std::make_unique<StoredReader>(*files_, std::move(info), std::string()));
    case Content::Place::kNote: {
      auto bytes = note();
      if (!bytes) return bytes.error();
      if (!*bytes) return std::unique_ptr<ObjectReader>();
      return std::unique_ptr<ObjectReader>(
          std::make_unique<StoredReader>(*files_, std::move(info), std::move(**bytes)));
    }
    case Content::Place::kFile:
      manifest.pieces.push_back({.file = content.id, .size = info.size});
      break;
    case Content::Place::kManifest: {
      auto bytes = note();
      if (!bytes) return bytes.error();
      if (!*bytes) return std::unique_ptr<ObjectReader>();
      auto decoded = decodeManifest(**bytes);
      if (!decoded) return decoded.error();
      manifest = std::move(*decoded);
      break;
    }
  }
  auto reader = std::make_unique<StoredReader>(*files_, std::move(info), std::move(manifest));
  auto still = known(reader->pieces());
  if (!still) return still.error();
  if (!*still) reader.reset();
  return std::unique_ptr<ObjectReader>(std::move(reader));
}

Result<bool> NoteObjectStore::known(const std::vector<Piece>& pieces) const {
  if (pieces.empty()) return true;
  auto owner = store_.findNote(fileIndex(), pieces.front().file);  // they come and go together
  if (!owner) return owner.error();
  return owner->has_value();
}

std::unique_ptr<BodyWriter> NoteObjectStore::newBody() {
  return std::make_unique<StoredWriter>(*files_, largestInline_);
}

Result<std::unique_ptr<Body>> NoteObjectStore::copyBody(const ObjectReader& source) {
  const auto& reader = static_cast<const StoredReader&>(source);
  auto body = std::make_unique<StoredBody>(*files_);
  body->bytes = reader.bytes();
  for (const auto& piece : reader.pieces()) {
    auto id = files_->newId();
    if (auto copied = files_->copy(piece.file, id); !copied) return copied.error();
    body->pieces.push_back({.file = std::move(id), .size = piece.size});
  }
  return std::unique_ptr<Body>(std::move(body));
}

Result<Content> NoteObjectStore::adopt(BucketTxn& txn, const StoredBody& body) {
  using Place = Content::Place;
  if (body.size() == 0) return Content();
  if (body.pieces.size() == 1) return Content{.place = Place::kFile, .id = body.pieces[0].file};
  const auto manifest = Manifest{.pieces = body.pieces, .parts = {}};
  Content content{.place = body.pieces.empty() ? Place::kNote : Place::kManifest,
                  .id = files_->newId()};
  auto put =
      txn.put(names::content(content.id), body.pieces.empty() ? body.bytes : encode(manifest));
  if (!put) return put.error();
  return content;
}

Result<ObjectInfo> NoteObjectStore::put(const ObjectName& name, std::unique_ptr<Body> body,
                                        const NewObject& object) {
  auto& stored = static_cast<StoredBody&>(*body);
  VersionRecord record{.versionId = {},
                       .sequence = 0,
                       .size = stored.size(),
                       .etag = object.etag,
                       .modified = clock_.now(),
                       .deleteMarker = false,
                       .attributes = object.attributes,
                       .content = {}};
  ObjectInfo info;
  auto done = change(
      name.bucket,
      [&](BucketTxn& txn) -> Status {
        if (auto holds = txn.check(name.key, object.condition); !holds) return holds;
        auto content = adopt(txn, stored);
        if (!content) return content.error();
        record.content = std::move(*content);
        auto added = txn.add(name.key, std::move(record));
        if (!added) return added.error();
        info = toInfo(name.key, *added, /*latest=*/true);
        txn.tell(object.notice, info);
        return okStatus();
      },
      &stored);
  if (!done) return done.error();
  return info;
}

Result<ObjectInfo> NoteObjectStore::changeAttributes(
    const ObjectName& name, std::string_view versionId,
    const std::function<Result<std::string>(const ObjectInfo&)>& makeAttributes,
    const Notice& notice) {
  ObjectInfo info;
  auto done = change(name.bucket, [&](BucketTxn& txn) -> Status {
    auto found = locate(txn.notes(), name.key, versionId);
    if (!found) return found.error();
    if (!*found) return noSuchVersion(name, versionId);
    VersionRecord& record = (*found)->record;
    if (record.deleteMarker) return isMarker(name, versionId);
    auto attributes = makeAttributes(toInfo(name.key, record, (*found)->latest));
    if (!attributes) return attributes.error();
    record.attributes = std::move(*attributes);
    info = toInfo(name.key, record, (*found)->latest);
    txn.tell(notice, info);
    return txn.rewrite(name.key, record);
  });
  if (!done) return done.error();
  return info;
}

Result<Removed> NoteObjectStore::remove(const BucketId& bucket, const Removal& removal) {
  auto removed = removeMany(bucket, {removal});
  if (!removed) return removed.error();
  return std::move(removed->front());
}

Result<std::vector<Result<Removed>>> NoteObjectStore::removeMany(
    const BucketId& bucket, const std::vector<Removal>& removals) {
  constexpr std::size_t kMost = 1000;
  if (removals.size() > kMost) {
    return Error{Code::kInvalidArgument, "removing " + std::to_string(removals.size()) +
                                             " objects at once, of 1000 at most"};
  }
  std::vector<Result<Removed>> outcomes;
  auto done = change(bucket, [&](BucketTxn& txn) -> Status {
    for (const auto& removal : removals) {
      if (auto holds = txn.check(removal.key, {.absent = false, .etag = removal.condition.etag});
          !holds) {
        const auto code = holds.error().code;
        if (code != Code::kFailedPrecondition && code != Code::kNotFound) return holds;
        outcomes.push_back(holds.error());
        continue;
      }
      auto removed = txn.remove(removal.key, removal.versionId, clock_.now());
      if (!removed) return removed.error();
      if (removed->marker) {
        txn.tell(removal.notice, *removed->marker);
      } else if (removed->version) {
        txn.tell(removal.notice, *removed->version);
      }
      outcomes.emplace_back(std::move(*removed));
    }
    return okStatus();
  });
  if (!done) return done.error();
  return outcomes;
}

}  // namespace kiln::store
