// What the operations on objects share: looking a version up with S3's errors, conditions, receiving a body.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/s3/attributes.h"
#include "api/s3/call.h"
#include "api/s3/incoming.h"

namespace kiln::api::s3 {

inline constexpr std::uint64_t kMostPut = 5ULL << 30;     // of one PutObject, UploadPart, copy
inline constexpr std::uint64_t kMostObject = 5ULL << 40;  // of one object
inline constexpr std::uint64_t kLeastPart = 5ULL << 20;   // of all parts but the last

// The versionId of the request. InvalidArgument when it is there but empty.
S3Result<std::string> versionOf(const Call& call);

// One version, ready to read. NoSuchKey, NoSuchVersion; a delete marker is NoSuchKey or MethodNotAllowed, with its headers.
S3Result<std::shared_ptr<store::ObjectReader>> openObject(const Call& call,
                                                          const store::ObjectName& name,
                                                          const std::string& versionId);
// The same of the metadata alone.
S3Result<store::ObjectInfo> findObject(const Call& call, const store::ObjectName& name,
                                       const std::string& versionId);

// If-Match and its kin for a read; of a copy's source their x-amz-copy-source- forms, which answer 412 only.
struct ReadConditions {
  std::string ifMatch;
  std::string ifNoneMatch;
  std::optional<TimePoint> ifModifiedSince;
  std::optional<TimePoint> ifUnmodifiedSince;
};
std::optional<S3Error> checkRead(const ReadConditions& conditions, const store::ObjectInfo& info,
                                 bool copy);

// If-Match and If-None-Match of a write.
S3Result<store::Condition> writeCondition(const Call& call);
// What a conditional write came back with.
S3Error fromConditionalWrite(const Error& error, const Call& call,
                             const store::Condition& condition);

struct Received {
  std::unique_ptr<store::Body> body;
  DigestValue digest;
};
// The whole request body, checked. EntityTooLarge beyond kMostPut.
S3Result<Received> receive(const Call& call, Algorithm fallback);

KnownChecksum toKnown(const DigestValue& digest);

// Reads the selected bytes of `reader`: each chunk goes to `take`, whose error ends it.
Status readAll(store::ObjectReader& reader, const std::function<Status(std::string_view)>& take);

}  // namespace kiln::api::s3
