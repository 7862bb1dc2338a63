// The ObjectStore that keeps its metadata as notes of the bucket's resource (names.h) and its files as BlobFiles.
//
// Every write is one commit over a BucketTxn; the files it freed are removed after it. Private to store/objects; threads: any.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "store/objects/object_store.h"
#include "store/objects/stored_body.h"
#include "store/objects/versions.h"

namespace kiln::store {

class NoteObjectStore final : public ObjectStore {
 public:
  NoteObjectStore(std::unique_ptr<BlobFiles> files, std::size_t largestInline, Store& store,
                  const Clock& clock);
  ~NoteObjectStore() override;

  Result<BucketInfo> createBucket(const BucketId& bucket, const NewBucket& request) override;
  Result<std::optional<BucketInfo>> findBucket(const BucketId& bucket) const override;
  Result<BucketPage> listBuckets(const std::string& account,
                                 const BucketQuery& query) const override;
  Status deleteBucket(const BucketId& bucket) override;
  Status setVersioning(const BucketId& bucket, Versioning versioning) override;
  Result<std::optional<std::string>> findDocument(const BucketId& bucket,
                                                  std::string_view name) const override;
  Status setDocument(const BucketId& bucket, std::string_view name,
                     std::optional<std::string> text) override;

  Result<std::optional<ObjectInfo>> find(const ObjectName& name,
                                         std::string_view versionId) const override;
  Result<std::unique_ptr<ObjectReader>> open(const ObjectName& name,
                                             std::string_view versionId) const override;
  std::unique_ptr<BodyWriter> newBody() override;
  Result<std::unique_ptr<Body>> copyBody(const ObjectReader& source) override;
  Result<ObjectInfo> put(const ObjectName& name, std::unique_ptr<Body> body,
                         const NewObject& object) override;
  Result<ObjectInfo> changeAttributes(
      const ObjectName& name, std::string_view versionId,
      const std::function<Result<std::string>(const ObjectInfo&)>& change,
      const Notice& notice) override;
  Result<Removed> remove(const BucketId& bucket, const Removal& removal) override;
  Result<std::vector<Result<Removed>>> removeMany(const BucketId& bucket,
                                                  const std::vector<Removal>& removals) override;
  Result<ObjectPage> listObjects(const BucketId& bucket, const ObjectQuery& query) const override;
  Result<VersionPage> listVersions(const BucketId& bucket,
                                   const VersionQuery& query) const override;

  Result<UploadInfo> createUpload(const ObjectName& name, std::string attributes) override;
  Result<std::optional<UploadInfo>> findUpload(const ObjectName& name,
                                               std::string_view uploadId) const override;
  Result<PartInfo> putPart(const ObjectName& name, std::string_view uploadId, int number,
                           std::unique_ptr<Body> body, std::string etag,
                           std::string attributes) override;
  Result<PartPage> listParts(const ObjectName& name, std::string_view uploadId, int after,
                             std::size_t limit) const override;
  Result<ObjectInfo> completeUpload(const ObjectName& name, std::string_view uploadId,
                                    const Completion& completion) override;
  Status abortUpload(const ObjectName& name, std::string_view uploadId) override;
  Result<UploadPage> listUploads(const BucketId& bucket, const UploadQuery& query) const override;

  void waitForSweep() override;

 private:
  // One synced commit on a bucket; then the files it freed go. With a body: it is the store's once the commit is done, or
  // may be done.
  Status change(const BucketId& bucket, const std::function<Status(BucketTxn&)>& body,
                StoredBody* stored = nullptr);
  Status requireBucket(const BucketId& bucket) const;
  // Null when the bytes were taken away since `found` was read.
  Result<std::unique_ptr<ObjectReader>> openNow(const ObjectName& name, Located found) const;
  Result<bool> known(const std::vector<Piece>& pieces) const;
  // Puts where the bytes are into the store's hands.
  Result<Content> adopt(BucketTxn& txn, const StoredBody& body);
  void sweep(const std::stop_token& stop);
  Result<std::size_t> sweepShard(int shard);

  const std::unique_ptr<BlobFiles> files_;
  const std::size_t largestInline_;
  Store& store_;
  const Clock& clock_;
  std::jthread sweeper_;
  std::shared_future<void> swept_;
};

}  // namespace kiln::store
