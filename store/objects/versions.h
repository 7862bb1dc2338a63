// The versions of a bucket's keys: finding them, and what a write does to them as the bucket's versioning has it.
//
// BucketNotes: a bucket's notes to read, from inside a commit or from outside.
// BucketTxn: a bucket inside a commit. It collects the files that nothing refers to any more once the commit is done.
// Private to store/objects. Threads: one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/objects/object_types.h"
#include "store/objects/records.h"
#include "store/store.h"

namespace kiln::store {

// The index of files that belong to somebody: notes by file id, of a resource that is never made.
ResourceKey fileIndex();

class BucketNotes {
 public:
  BucketNotes(Txn& txn, const BucketId& bucket) : txn_(&txn), owner_(bucket.key()) {}
  BucketNotes(const Store& store, const BucketId& bucket) : store_(&store), owner_(bucket.key()) {}

  Result<std::optional<std::string>> find(std::string_view note) const;
  Result<std::vector<Note>> scan(const NoteRange& range, std::size_t limit) const;
  Result<std::optional<VersionRecord>> findVersion(std::string_view note) const;

 private:
  Txn* txn_ = nullptr;
  const Store* store_ = nullptr;
  ResourceKey owner_;
};

struct Located {
  VersionRecord record;
  bool latest = false;
};

// The version with this id; the latest one, which may be a delete marker, when it is empty.
Result<std::optional<Located>> locate(const BucketNotes& notes, std::string_view key,
                                      std::string_view versionId);

class BucketTxn {
 public:
  // kGone when there is no such bucket.
  static Result<BucketTxn> in(Txn& txn, const BucketId& bucket, std::vector<std::string>& freed);

  const BucketNotes& notes() const { return notes_; }
  Status put(std::string_view note, std::string value) { return txn_.putNote(owner_, note, value); }
  Status erase(std::string_view note) { return txn_.eraseNote(owner_, note); }

  // kNotFound, kFailedPrecondition (object_types.h).
  Status check(std::string_view key, const Condition& condition);

  // Makes it the latest version; gives it its id and sequence.
  Result<VersionRecord> add(std::string_view key, VersionRecord record);
  // Removes that version, or the latest as the bucket's versioning has it.
  Result<Removed> remove(const std::string& key, const std::optional<std::string>& versionId,
                         TimePoint now);
  // Writes a version again, the same but for its attributes.
  Status rewrite(std::string_view key, const VersionRecord& record);

  // A body comes to belong to somebody in this bucket, or ceases to.
  Status claim(const std::vector<std::string>& files);
  Status release(const Content& content);

  void tell(const Notice& notice, const ObjectInfo& info);

 private:
  BucketTxn(Txn& txn, const BucketId& bucket, std::vector<std::string>& freed)
      : txn_(txn), owner_(bucket.key()), notes_(txn, bucket), freed_(freed) {}

  Status intoVersions(std::string_view key);
  Status dropNull(std::string_view key);
  Status putLatest(std::string_view key, const VersionRecord& record);
  Status settleLatest(std::string_view key);
  Result<Removed> removeVersion(const std::string& key, const std::string& versionId);
  Result<Removed> removeOnly(const std::string& key);

  Txn& txn_;
  const ResourceKey owner_;
  const BucketNotes notes_;
  std::vector<std::string>& freed_;
  Versioning versioning_ = Versioning::kNever;
  std::uint64_t added_ = 0;
};

}  // namespace kiln::store
