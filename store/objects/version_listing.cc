#include <limits>

#include "store/objects/listing.h"

namespace kiln::store {
namespace {

// Where the versions of the marker's key go on: at those older than this sequence.
Result<std::uint64_t> resumeAt(const BucketNotes& notes, const VersionQuery& query) {
  if (query.versionIdMarker != kNullVersion) {
    if (const auto sequence = names::sequenceOf(query.versionIdMarker)) return *sequence;
    return Error{Code::kInvalidArgument,
                 "listing versions: " + query.versionIdMarker + " is no version id"};
  }
  auto found = locate(notes, query.keyMarker, kNullVersion);
  if (!found) return found.error();
  // It was removed since: its key's versions are given once more rather than some of them never.
  return *found ? (*found)->record.sequence : std::numeric_limits<std::uint64_t>::max();
}

// `o` and `v` as one: a key's rows in `v`, or when it has none its one version in `o`.
class VersionCursor {
 public:
  struct Entry {
    std::string key;
    VersionRecord record;
    bool latest = false;
  };

  VersionCursor(const BucketNotes& notes, const VersionQuery& query)
      : latest_(notes, names::kLatest, query.prefix, query.limit),
        versions_(notes, names::kVersion, query.prefix, query.limit) {}

  void seek(const std::optional<std::string>& key) {
    entry_.reset();
    latest_.seek(key);
    versions_.seek(key);
  }
  // Versions of `key` older than `sequence`, then later keys.
  void resume(const std::string& key, std::uint64_t sequence) {
    resumedKey_ = key;
    resumedAt_ = sequence;
    latest_.seek(key);
    versions_.seekRow(names::version(key, sequence) + '\0');
  }
  Result<const Entry*> peek();
  void pop() { entry_.reset(); }

 private:
  Status takeLatest(const TableCursor::Entry& at);
  Status takeVersion(const TableCursor::Entry& at);

  TableCursor latest_;
  TableCursor versions_;
  std::optional<Entry> entry_;
  std::optional<std::string> key_;     // whose rows in `v` were seen last
  std::optional<std::string> reread_;  // for which `v` was read again
  std::optional<std::string> resumedKey_;
  std::uint64_t resumedAt_ = 0;
};

Result<const VersionCursor::Entry*> VersionCursor::peek() {
  while (!entry_) {
    auto latest = latest_.peek();
    if (!latest) return latest.error();
    auto version = versions_.peek();
    if (!version) return version.error();
    if (*latest == nullptr && *version == nullptr) return nullptr;
    const bool fromVersions =
        *version != nullptr && (*latest == nullptr || (*version)->key <= (*latest)->key);
    auto taken = fromVersions ? takeVersion(**version) : takeLatest(**latest);
    if (!taken) return taken.error();
  }
  return &*entry_;
}

// A row of `o` whose key has no more rows in what was read of `v`. Only a null version may stand in `o` alone: any other tells
// that it was written after `v` was read.
Status VersionCursor::takeLatest(const TableCursor::Entry& at) {
  auto record = decodeVersion(at.value);
  if (!record) return record.error();
  const bool resumed = resumedKey_ == at.key;
  if (key_ != at.key && !resumed && !record->isNull() && reread_ != at.key) {
    reread_ = at.key;
    versions_.reread(at.key);
    return okStatus();
  }
  if (key_ != at.key && record->isNull() && (!resumed || record->sequence < resumedAt_)) {
    entry_ = Entry{.key = at.key, .record = std::move(*record), .latest = true};
  }
  latest_.pop();
  return okStatus();
}

Status VersionCursor::takeVersion(const TableCursor::Entry& at) {
  auto record = decodeVersion(at.value);
  if (!record) return record.error();
  const bool first = key_ != at.key && resumedKey_ != at.key;
  key_ = at.key;
  entry_ = Entry{.key = at.key, .record = std::move(*record), .latest = first};
  versions_.pop();
  return okStatus();
}

}  // namespace

Result<VersionPage> listVersions(const BucketNotes& notes, const VersionQuery& query) {
  VersionCursor cursor(notes, query);
  const RollUp rollUp{query.prefix, query.delimiter};
  if (!query.keyMarker.empty() && !query.versionIdMarker.empty()) {
    auto sequence = resumeAt(notes, query);
    if (!sequence) return sequence.error();
    if (!rollUp.commonPrefix(query.keyMarker)) cursor.resume(query.keyMarker, *sequence);
  }
  if (query.versionIdMarker.empty() || rollUp.commonPrefix(query.keyMarker)) {
    cursor.seek(rollUp.firstAfter(query.keyMarker));
  }
  VersionPage page;
  std::string last;
  auto walked = walk(cursor, query, page, last, [&](const VersionCursor::Entry& at) -> Status {
    page.versions.push_back(toInfo(at.key, at.record, at.latest));
    return okStatus();
  });
  if (!walked) return walked.error();
  if (!page.truncated) return page;
  page.nextKey = std::move(last);
  if (!page.versions.empty() && page.versions.back().key == page.nextKey) {
    page.nextVersionId = page.versions.back().versionId;
  }
  return page;
}

}  // namespace kiln::store
