#include "store/objects/versions.h"

#include <limits>

#include "store/objects/names.h"

namespace kiln::store {
namespace {

constexpr int kSequenceShift = 10;  // versions of a key in one commit: fewer than 1024
constexpr int kTries = 16;
constexpr std::uint64_t kNeverRead = std::numeric_limits<std::uint64_t>::max();

}  // namespace

ResourceKey fileIndex() { return {"s3-file", {"", std::string(kBucketScopeRegion)}, "index"}; }

Result<std::optional<std::string>> BucketNotes::find(std::string_view note) const {
  return txn_ != nullptr ? txn_->findNote(owner_, note) : store_->findNote(owner_, note);
}

Result<std::vector<Note>> BucketNotes::scan(const NoteRange& range, std::size_t limit) const {
  return txn_ != nullptr ? txn_->scanNotes(owner_, range, limit, Order::kAscending)
                         : store_->scanNotes(owner_, range, limit, Order::kAscending);
}

Result<std::optional<VersionRecord>> BucketNotes::findVersion(std::string_view note) const {
  auto bytes = find(note);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<VersionRecord>();
  auto record = decodeVersion(**bytes);
  if (!record) return record.error();
  return std::optional(std::move(*record));
}

namespace {

using Found = Result<std::optional<VersionRecord>>;

// The newest of the rows in `v`.
Found newest(const BucketNotes& notes, std::string_view key) {
  auto rows = notes.scan({.prefix = names::versionsOf(key), .from = {}, .before = {}}, 1);
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<VersionRecord>();
  auto record = decodeVersion(rows->front().value);
  if (!record) return record.error();
  return std::optional(std::move(*record));
}

Found nullRow(const BucketNotes& notes, std::string_view key) {
  auto sequence = notes.find(names::nullVersion(key));
  if (!sequence) return sequence.error();
  if (!*sequence) return std::optional<VersionRecord>();
  return notes.findVersion(names::version(key, names::decodeSequence(**sequence)));
}

Found rowOf(const BucketNotes& notes, std::string_view key, std::string_view versionId) {
  if (versionId.empty()) return newest(notes, key);
  if (versionId == kNullVersion) return nullRow(notes, key);
  const auto sequence = names::sequenceOf(versionId);
  if (!sequence) return std::optional<VersionRecord>();
  return notes.findVersion(names::version(key, *sequence));
}

}  // namespace

// Outside a commit the steps see different moments: what stood in `o` may have moved on before `v` was read. So when there is
// nothing in the place it should be, `o` has to be as it was, or all is read again.
Result<std::optional<Located>> locate(const BucketNotes& notes, std::string_view key,
                                      std::string_view versionId) {
  std::uint64_t before = kNeverRead;
  for (int i = 0; i < kTries; ++i) {
    auto latest = notes.findVersion(names::latest(key));
    if (!latest) return latest.error();
    if (*latest && (versionId.empty() || (*latest)->versionId == versionId)) {
      return std::optional(Located{.record = std::move(**latest), .latest = true});
    }
    const auto sequence = *latest ? (*latest)->sequence : 0;
    if (before == sequence) return std::optional<Located>();
    before = sequence;
    auto row = rowOf(notes, key, versionId);
    if (!row) return row.error();
    if (!*row || (!versionId.empty() && (*row)->versionId != versionId)) continue;
    if (versionId.empty() && !(*row)->deleteMarker) {
      before = kNeverRead;
      continue;
    }
    auto first = newest(notes, key);
    if (!first) return first.error();
    const bool isLatest = *first && (*first)->sequence == (*row)->sequence;
    return std::optional(Located{.record = std::move(**row), .latest = isLatest});
  }
  return Error{Code::kUnavailable, "finding object " + std::string(key) + ": it changes too fast"};
}

Result<BucketTxn> BucketTxn::in(Txn& txn, const BucketId& bucket, std::vector<std::string>& freed) {
  auto resource = txn.find(bucket.key());
  if (!resource) return resource.error();
  if (!*resource) return Error{Code::kGone, "there is no bucket " + bucket.name};
  auto info = toBucket(**resource);
  if (!info) return info.error();
  BucketTxn opened(txn, bucket, freed);
  opened.versioning_ = info->versioning;
  return opened;
}

Status BucketTxn::check(std::string_view key, const Condition& condition) {
  if (!condition.absent && condition.etag.empty()) return okStatus();
  auto latest = notes_.findVersion(names::latest(key));
  if (!latest) return latest.error();
  if (condition.absent && *latest) {
    return Error{Code::kFailedPrecondition, "writing object " + std::string(key) + ": it exists"};
  }
  if (condition.etag.empty()) return okStatus();
  if (!*latest) {
    return Error{Code::kNotFound, "writing object " + std::string(key) + ": there is none"};
  }
  if (condition.etag == "*" || condition.etag == (*latest)->etag) return okStatus();
  return Error{Code::kFailedPrecondition, "writing object " + std::string(key) + ": its ETag is " +
                                              (*latest)->etag + ", not " + condition.etag};
}

// From its first write with versioning on, all versions of a key have rows in `v`.
Status BucketTxn::intoVersions(std::string_view key) {
  auto latest = notes_.findVersion(names::latest(key));
  if (!latest) return latest.error();
  if (!*latest || !(*latest)->isNull()) return okStatus();
  const auto row = names::version(key, (*latest)->sequence);
  if (auto done = put(row, encode(**latest)); !done) return done;
  return put(names::nullVersion(key), names::encodeSequence((*latest)->sequence));
}

Status BucketTxn::dropNull(std::string_view key) {
  auto record = nullRow(notes_, key);
  if (!record) return record.error();
  if (!*record) return okStatus();
  if (auto done = erase(names::version(key, (*record)->sequence)); !done) return done;
  if (auto done = erase(names::nullVersion(key)); !done) return done;
  return release((*record)->content);
}

Status BucketTxn::putLatest(std::string_view key, const VersionRecord& record) {
  return record.deleteMarker ? erase(names::latest(key)) : put(names::latest(key), encode(record));
}

Result<VersionRecord> BucketTxn::add(std::string_view key, VersionRecord record) {
  record.sequence = txn_.version() << kSequenceShift | added_++;
  record.versionId = versioning_ == Versioning::kEnabled ? names::newVersionId(record.sequence)
                                                         : std::string(kNullVersion);
  if (versioning_ == Versioning::kNever) {
    auto latest = notes_.findVersion(names::latest(key));
    if (!latest) return latest.error();
    if (*latest) {
      if (auto done = release((*latest)->content); !done) return done.error();
    }
  } else {
    if (auto done = intoVersions(key); !done) return done.error();
    if (record.isNull()) {
      if (auto done = dropNull(key); !done) return done.error();
      const auto sequence = names::encodeSequence(record.sequence);
      if (auto done = put(names::nullVersion(key), sequence); !done) return done.error();
    }
    const auto row = names::version(key, record.sequence);
    if (auto done = put(row, encode(record)); !done) return done.error();
  }
  if (auto done = putLatest(key, record); !done) return done.error();
  return record;
}

// After a row of `v` went.
Status BucketTxn::settleLatest(std::string_view key) {
  auto first = newest(notes_, key);
  if (!first) return first.error();
  return *first ? putLatest(key, **first) : erase(names::latest(key));
}

Result<Removed> BucketTxn::removeOnly(const std::string& key) {
  auto latest = notes_.findVersion(names::latest(key));
  if (!latest) return latest.error();
  Removed removed;
  if (!*latest) return removed;
  if (auto done = erase(names::latest(key)); !done) return done.error();
  if (auto done = release((*latest)->content); !done) return done.error();
  removed.version = toInfo(key, **latest, /*latest=*/true);
  return removed;
}

Result<Removed> BucketTxn::removeVersion(const std::string& key, const std::string& versionId) {
  if (auto done = intoVersions(key); !done) return done.error();
  auto found = rowOf(notes_, key, versionId);
  if (!found) return found.error();
  Removed removed;
  if (!*found || (*found)->versionId != versionId) return removed;
  const VersionRecord& record = **found;
  auto first = newest(notes_, key);
  if (!first) return first.error();
  const bool latest = *first && (*first)->sequence == record.sequence;
  removed.version = toInfo(key, record, latest);
  if (auto done = erase(names::version(key, record.sequence)); !done) return done.error();
  if (record.isNull()) {
    if (auto done = erase(names::nullVersion(key)); !done) return done.error();
  }
  if (auto done = release(record.content); !done) return done.error();
  if (!latest) return removed;
  if (auto done = settleLatest(key); !done) return done.error();
  return removed;
}

Result<Removed> BucketTxn::remove(const std::string& key,
                                  const std::optional<std::string>& versionId, TimePoint now) {
  if (versioning_ == Versioning::kNever) {
    if (versionId && *versionId != kNullVersion) return Removed();
    return removeOnly(key);
  }
  if (versionId) return removeVersion(key, *versionId);
  auto marker = add(key, {.versionId = {},
                          .sequence = 0,
                          .size = 0,
                          .etag = {},
                          .modified = now,
                          .deleteMarker = true,
                          .attributes = {},
                          .content = {}});
  if (!marker) return marker.error();
  return Removed{.version = {}, .marker = toInfo(key, *marker, /*latest=*/true)};
}

Status BucketTxn::rewrite(std::string_view key, const VersionRecord& record) {
  const auto row = names::version(key, record.sequence);
  auto known = notes_.find(row);
  if (!known) return known.error();
  if (*known) {
    if (auto done = put(row, encode(record)); !done) return done;
  }
  auto latest = notes_.findVersion(names::latest(key));
  if (!latest) return latest.error();
  if (!*latest || (*latest)->sequence != record.sequence) return okStatus();
  return put(names::latest(key), encode(record));
}

Status BucketTxn::claim(const std::vector<std::string>& files) {
  for (const auto& file : files) {
    if (auto done = txn_.putNote(fileIndex(), file, ""); !done) return done;
  }
  return okStatus();
}

Status BucketTxn::release(const Content& content) {
  std::vector<std::string> files;
  switch (content.place) {
    case Content::Place::kNowhere: return okStatus();
    case Content::Place::kNote: return erase(names::content(content.id));
    case Content::Place::kFile: files.push_back(content.id); break;
    case Content::Place::kManifest: {
      auto bytes = notes_.find(names::content(content.id));
      if (!bytes) return bytes.error();
      auto manifest = decodeManifest(bytes->value_or(""));
      if (!manifest) return manifest.error();
      for (auto& piece : manifest->pieces) files.push_back(std::move(piece.file));
      if (auto done = erase(names::content(content.id)); !done) return done;
      break;
    }
  }
  for (auto& file : files) {
    if (auto done = txn_.eraseNote(fileIndex(), file); !done) return done;
    freed_.push_back(std::move(file));
  }
  return okStatus();
}

void BucketTxn::tell(const Notice& notice, const ObjectInfo& info) {
  if (!notice) return;
  if (auto event = notice(info)) txn_.emit(std::move(*event));
}

}  // namespace kiln::store
