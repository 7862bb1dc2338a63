// What every operation of S3 is given and answers. Values of one call; the objects in Deps are for any thread and outlive all calls.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "api/http/request.h"
#include "api/http/response.h"
#include "api/s3/errors.h"
#include "controller/core/clock.h"
#include "store/objects/object_store.h"

namespace kiln::api::s3 {

struct Deps {
  store::ObjectStore& objects;
  const Clock& clock;
};

struct Call {
  const Deps& deps;
  Request& request;
  const nlohmann::json& input;  // valid
  std::string operation;
  std::string bucket;
  std::string key;

  store::BucketId bucketId() const { return {request.scope.account, bucket}; }
  store::ObjectName object() const { return {bucketId(), key}; }
  // A member of the input; empty or nullopt when it is not there.
  std::string text(const char* member) const;
  std::optional<std::int64_t> number(const char* member) const;
  std::optional<TimePoint> time(const char* member) const;
  bool flag(const char* member) const;
};

struct Reply {
  Reply();
  explicit Reply(nlohmann::json members);
  ~Reply();
  Reply(Reply&&) noexcept;
  Reply& operator=(Reply&&) noexcept;

  std::unique_ptr<nlohmann::json> output;  // never null
  int status = 0;                          // 0: the operation's own
  Headers headers = {};                    // besides those the output has
  std::string xml = {};                    // the body, when the model cannot say it
  std::function<void(BodyWriter&)> stream = nullptr;
  std::optional<std::uint64_t> length = std::nullopt;
};

using Operation = std::function<S3Result<Reply>(const Call&)>;
using Operations = std::map<std::string, Operation, std::less<>>;

// The buckets' own record: NoSuchBucket when there is none.
S3Result<store::BucketInfo> needBucket(const Call& call);

// The families of operations, one source each.
void addBuckets(Operations& operations);
void addBucketConfigs(Operations& operations);
void addAcls(Operations& operations);
void addObjectReads(Operations& operations);
void addObjectWrites(Operations& operations);
void addCopies(Operations& operations);
void addDeletes(Operations& operations);
void addTagging(Operations& operations);
void addListings(Operations& operations);
void addVersionListings(Operations& operations);
void addUploads(Operations& operations);
void addUploadParts(Operations& operations);
void addCompletions(Operations& operations);
void addObjectAttributes(Operations& operations);

}  // namespace kiln::api::s3
