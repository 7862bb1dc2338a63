// ObjectStore: what S3 keeps. Buckets, objects and their versions, uploads in parts.
//
// Metadata are notes of the bucket's resource, small bodies notes of their own, larger ones files under `directory`. A write is
// one synced commit: whole or not at all, on disk when the call returns, with its event in the outbox. Bodies nothing refers to any
// more are removed right after the commit; what a crash left behind (temporary files at once, the rest by a thread of its own)
// after the next start.
// Threads: any, every call; no lock is held over I/O but the store's own commit.
// Failure, of every call that names a bucket: kGone when there is no such bucket. Besides: kNotFound (no such object, version or upload),
// kAlreadyExists, kFailedPrecondition (a Condition that does not hold), kInvalidArgument, and those of the disk (store.h).
// Owner: main(), beside the Store, which outlives it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/disk.h"
#include "controller/core/result.h"
#include "store/objects/body.h"
#include "store/objects/object_types.h"
#include "store/store.h"

namespace kiln::store {

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // Buckets. findBucket answers nullopt rather than kGone.
  virtual Result<BucketInfo> createBucket(const BucketId& bucket, const NewBucket& request) = 0;
  virtual Result<std::optional<BucketInfo>> findBucket(const BucketId& bucket) const = 0;
  virtual Result<BucketPage> listBuckets(const std::string& account,
                                         const BucketQuery& query) const = 0;
  // kFailedPrecondition when a version or delete marker is left in it. Uploads under way are aborted with it.
  virtual Status deleteBucket(const BucketId& bucket) = 0;
  virtual Status setVersioning(const BucketId& bucket, Versioning versioning) = 0;
  // Named texts of a bucket: policy, tagging, … nullopt: there is none.
  virtual Result<std::optional<std::string>> findDocument(const BucketId& bucket,
                                                          std::string_view name) const = 0;
  virtual Status setDocument(const BucketId& bucket, std::string_view name,
                             std::optional<std::string> text) = 0;

  // Objects. `versionId` empty: the latest, which may be a delete marker. nullopt: no such version.
  virtual Result<std::optional<ObjectInfo>> find(const ObjectName& name,
                                                 std::string_view versionId) const = 0;
  // That version, ready to read: metadata and bytes are of one and the same. kNotFound; kFailedPrecondition for a delete marker.
  virtual Result<std::unique_ptr<ObjectReader>> open(const ObjectName& name,
                                                     std::string_view versionId) const = 0;
  virtual std::unique_ptr<BodyWriter> newBody() = 0;
  // The whole of what `source` reads, for a copy; shares files rather than copying bytes. Leaves the selection as it is.
  virtual Result<std::unique_ptr<Body>> copyBody(const ObjectReader& source) = 0;
  // The new latest version, as it was committed. `body` is used up, whatever comes out.
  virtual Result<ObjectInfo> put(const ObjectName& name, std::unique_ptr<Body> body,
                                 const NewObject& object) = 0;
  // Replaces the attributes of a version by what `change` makes of them inside the commit (as closed in itself as a Notice); all
  // else stays as it is. kNotFound; kFailedPrecondition for a delete marker.
  virtual Result<ObjectInfo> changeAttributes(
      const ObjectName& name, std::string_view versionId,
      const std::function<Result<std::string>(const ObjectInfo&)>& change,
      const Notice& notice) = 0;
  virtual Result<Removed> remove(const BucketId& bucket, const Removal& removal) = 0;
  // At most 1000, in one commit; each has its own outcome (a Condition that does not hold keeps back only its own).
  virtual Result<std::vector<Result<Removed>>> removeMany(const BucketId& bucket,
                                                          const std::vector<Removal>& removals) = 0;
  virtual Result<ObjectPage> listObjects(const BucketId& bucket,
                                         const ObjectQuery& query) const = 0;
  virtual Result<VersionPage> listVersions(const BucketId& bucket,
                                           const VersionQuery& query) const = 0;

  // Uploads in parts. kNotFound: there is no such upload of that key.
  virtual Result<UploadInfo> createUpload(const ObjectName& name, std::string attributes) = 0;
  virtual Result<std::optional<UploadInfo>> findUpload(const ObjectName& name,
                                                       std::string_view uploadId) const = 0;
  // Takes the place of a part with the same number. `number` and sizes are the API's to limit; kInvalidArgument outside 1…10,000.
  virtual Result<PartInfo> putPart(const ObjectName& name, std::string_view uploadId, int number,
                                   std::unique_ptr<Body> body, std::string etag,
                                   std::string attributes) = 0;
  virtual Result<PartPage> listParts(const ObjectName& name, std::string_view uploadId, int after,
                                     std::size_t limit) const = 0;
  // kInvalidArgument when a chosen part is not there or has another etag. Parts that are not chosen are discarded.
  virtual Result<ObjectInfo> completeUpload(const ObjectName& name, std::string_view uploadId,
                                            const Completion& completion) = 0;
  virtual Status abortUpload(const ObjectName& name, std::string_view uploadId) = 0;
  virtual Result<UploadPage> listUploads(const BucketId& bucket,
                                         const UploadQuery& query) const = 0;

  // Returns once the search for what a crash left behind has ended (tests; `kiln doctor`).
  virtual void waitForSweep() = 0;
};

struct ObjectStoreOptions {
  std::filesystem::path directory;       // <data>/objects; made if there is none
  std::size_t largestInline = 32 << 10;  // a body up to this size lies in the store itself
  // What bodies leave free on the disk, so that objects can still be deleted, and all else be recorded, when it is full of them.
  std::uint64_t reserve = kKeptFromBodies;
};

// kUnavailable or kResourceExhausted when the directory cannot be used. `store` and `clock` outlive it.
Result<std::unique_ptr<ObjectStore>> openObjectStore(const ObjectStoreOptions& options,
                                                     Store& store, const Clock& clock);

}  // namespace kiln::store
