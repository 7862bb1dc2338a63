#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "store/objects/names.h"
#include "store/objects/note_object_store.h"

namespace kiln::store {
namespace {

constexpr int kMostParts = 10'000;

Error noSuchUpload(const ObjectName& name, std::string_view uploadId) {
  return {Code::kNotFound, "there is no upload " + std::string(uploadId) + " of object " +
                               name.key + " of bucket " + name.bucket.name};
}

// kNotFound when there is none.
Result<UploadInfo> getUpload(const BucketNotes& notes, const ObjectName& name,
                             std::string_view uploadId) {
  auto bytes = notes.find(names::upload(name.key, uploadId));
  if (!bytes) return bytes.error();
  if (!*bytes) return noSuchUpload(name, uploadId);
  auto record = decodeUpload(**bytes);
  if (!record) return record.error();
  return UploadInfo{.key = name.key,
                    .id = std::string(uploadId),
                    .initiated = record->initiated,
                    .attributes = std::move(record->attributes)};
}

// The parts after that number, in order.
Result<std::vector<PartRecord>> readParts(const BucketNotes& notes, std::string_view uploadId,
                                          int after, std::size_t limit) {
  const auto from = names::part(uploadId, std::clamp(after, 0, kMostParts) + 1);
  auto rows = notes.scan({.prefix = names::partsOf(uploadId), .from = from, .before = {}}, limit);
  if (!rows) return rows.error();
  std::vector<PartRecord> parts;
  for (const auto& row : *rows) {
    auto part = decodePart(row.value);
    if (!part) return part.error();
    part->info.number = names::parsePart(row.name);
    parts.push_back(std::move(*part));
  }
  return parts;
}

// Takes the chosen parts out of `parts`.
Result<std::vector<PartRecord>> choose(std::vector<PartRecord>& parts,
                                       const std::vector<Completion::Part>& wanted) {
  std::vector<PartRecord> chosen;
  auto at = parts.begin();
  std::vector<PartRecord> left;
  for (const auto& want : wanted) {
    for (; at != parts.end() && at->info.number < want.number; ++at) left.push_back(std::move(*at));
    if (at == parts.end() || at->info.number != want.number ||
        (!want.etag.empty() && want.etag != at->info.etag)) {
      return Error{Code::kInvalidArgument, "completing an upload: part " +
                                               std::to_string(want.number) + " with ETag " +
                                               want.etag + " is not there"};
    }
    chosen.push_back(std::move(*at++));
  }
  std::move(at, parts.end(), std::back_inserter(left));
  parts = std::move(left);
  return chosen;
}

// The pieces of the parts become those of the object.
Result<Manifest> join(BucketTxn& txn, const std::vector<PartRecord>& parts) {
  Manifest whole;
  for (const auto& part : parts) {
    whole.parts.push_back(part.info);
    const auto note = names::content(part.content.id);
    if (part.content.place == Content::Place::kFile) {
      whole.pieces.push_back({.file = part.content.id, .size = part.info.size});
    } else if (part.content.place == Content::Place::kManifest) {
      auto bytes = txn.notes().find(note);
      if (!bytes) return bytes.error();
      auto manifest = decodeManifest(bytes->value_or(""));
      if (!manifest) return manifest.error();
      std::move(manifest->pieces.begin(), manifest->pieces.end(), std::back_inserter(whole.pieces));
      if (auto erased = txn.erase(note); !erased) return erased.error();
    }
  }
  return whole;
}

// Ends the upload: its record, the records of all parts, and the bodies of `unused` ones.
Status endUpload(BucketTxn& txn, const ObjectName& name, std::string_view uploadId,
                 const std::vector<int>& numbers, const std::vector<PartRecord>& unused) {
  for (const int number : numbers) {
    if (auto erased = txn.erase(names::part(uploadId, number)); !erased) return erased;
  }
  for (const auto& part : unused) {
    if (auto released = txn.release(part.content); !released) return released;
  }
  return txn.erase(names::upload(name.key, uploadId));
}

std::vector<int> numbersOf(const std::vector<PartRecord>& parts) {
  std::vector<int> numbers;
  for (const auto& part : parts) numbers.push_back(part.info.number);
  return numbers;
}

std::uint64_t sizeOf(const std::vector<PartInfo>& parts) {
  std::uint64_t size = 0;
  for (const auto& part : parts) size += part.size;
  return size;
}

}  // namespace

Result<UploadInfo> NoteObjectStore::createUpload(const ObjectName& name, std::string attributes) {
  const auto now = clock_.now();
  UploadInfo upload{.key = name.key,
                    .id = names::newUploadId(now),
                    .initiated = now,
                    .attributes = std::move(attributes)};
  auto done = change(name.bucket, [&](BucketTxn& txn) {
    return txn.put(names::upload(name.key, upload.id),
                   encode(UploadRecord{.initiated = now, .attributes = upload.attributes}));
  });
  if (!done) return done.error();
  return upload;
}

Result<std::optional<UploadInfo>> NoteObjectStore::findUpload(const ObjectName& name,
                                                              std::string_view uploadId) const {
  if (auto there = requireBucket(name.bucket); !there) return there.error();
  auto upload = getUpload(BucketNotes(store_, name.bucket), name, uploadId);
  if (upload) return std::optional(std::move(*upload));
  if (upload.error().code == Code::kNotFound) return std::optional<UploadInfo>();
  return upload.error();
}

Result<PartInfo> NoteObjectStore::putPart(const ObjectName& name, std::string_view uploadId,
                                          int number, std::unique_ptr<Body> body, std::string etag,
                                          std::string attributes) {
  auto& stored = static_cast<StoredBody&>(*body);
  if (number < 1 || number > kMostParts) {
    return Error{Code::kInvalidArgument, "part " + std::to_string(number) + " of an upload"};
  }
  if (auto filed = stored.toFile(); !filed) return filed.error();  // an object's pieces are files
  PartRecord part{.info = {.number = number,
                           .size = stored.size(),
                           .etag = std::move(etag),
                           .modified = clock_.now(),
                           .attributes = std::move(attributes)},
                  .content = {}};
  auto done = change(
      name.bucket,
      [&](BucketTxn& txn) -> Status {
        if (auto upload = getUpload(txn.notes(), name, uploadId); !upload) return upload.error();
        const auto note = names::part(uploadId, number);
        auto before = txn.notes().find(note);
        if (!before) return before.error();
        if (*before) {
          auto old = decodePart(**before);
          if (!old) return old.error();
          if (auto released = txn.release(old->content); !released) return released;
        }
        auto content = adopt(txn, stored);
        if (!content) return content.error();
        part.content = std::move(*content);
        return txn.put(note, encode(part));
      },
      &stored);
  if (!done) return done.error();
  return part.info;
}

Result<PartPage> NoteObjectStore::listParts(const ObjectName& name, std::string_view uploadId,
                                            int after, std::size_t limit) const {
  if (auto there = requireBucket(name.bucket); !there) return there.error();
  const BucketNotes notes(store_, name.bucket);
  auto upload = getUpload(notes, name, uploadId);
  if (!upload) return upload.error();
  PartPage page{.upload = std::move(*upload), .parts = {}, .truncated = false};
  if (limit == 0) return page;
  auto parts = readParts(notes, uploadId, after, limit + 1);
  if (!parts) return parts.error();
  page.truncated = parts->size() > limit;
  if (page.truncated) parts->pop_back();
  for (auto& part : *parts) page.parts.push_back(std::move(part.info));
  return page;
}

Result<ObjectInfo> NoteObjectStore::completeUpload(const ObjectName& name,
                                                   std::string_view uploadId,
                                                   const Completion& completion) {
  ObjectInfo info;
  auto done = change(name.bucket, [&](BucketTxn& txn) -> Status {
    auto upload = getUpload(txn.notes(), name, uploadId);
    if (!upload) return upload.error();
    if (auto holds = txn.check(name.key, completion.condition); !holds) return holds;
    auto parts = readParts(txn.notes(), uploadId, 0, kMostParts);
    if (!parts) return parts.error();
    const auto numbers = numbersOf(*parts);
    auto chosen = choose(*parts, completion.parts);
    if (!chosen) return chosen.error();
    auto manifest = join(txn, *chosen);
    if (!manifest) return manifest.error();
    auto assembled = completion.assemble(*upload, manifest->parts);
    if (!assembled) return assembled.error();
    const Content content{.place = Content::Place::kManifest, .id = files_->newId()};
    if (auto put = txn.put(names::content(content.id), encode(*manifest)); !put) return put;
    if (auto ended = endUpload(txn, name, uploadId, numbers, *parts); !ended) return ended;
    auto added = txn.add(name.key, {.versionId = {},
                                    .sequence = 0,
                                    .size = sizeOf(manifest->parts),
                                    .etag = std::move(assembled->etag),
                                    .modified = clock_.now(),
                                    .deleteMarker = false,
                                    .attributes = std::move(assembled->attributes),
                                    .content = content});
    if (!added) return added.error();
    info = toInfo(name.key, *added, /*latest=*/true);
    txn.tell(completion.notice, info);
    return okStatus();
  });
  if (!done) return done.error();
  return info;
}

Status NoteObjectStore::abortUpload(const ObjectName& name, std::string_view uploadId) {
  return change(name.bucket, [&](BucketTxn& txn) -> Status {
    if (auto upload = getUpload(txn.notes(), name, uploadId); !upload) return upload.error();
    auto parts = readParts(txn.notes(), uploadId, 0, kMostParts);
    if (!parts) return parts.error();
    return endUpload(txn, name, uploadId, numbersOf(*parts), *parts);
  });
}

}  // namespace kiln::store
