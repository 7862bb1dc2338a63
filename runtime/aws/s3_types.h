// What S3Client takes and answers. Values only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/aws/aws_error.h"

namespace kiln::runtime {

template <typename T>
using AwsResult = Result<T, AwsError>;

using ByteSource = std::function<Result<std::string>()>;  // the next bytes; "" at the end
using ByteSink = std::function<Status(std::string_view)>;

struct S3Object {
  std::string bucket;
  std::string key;
  std::string version = {};  // empty: the newest
};

struct S3ObjectInfo {
  std::uint64_t size = 0;  // of what was asked for: a range's when there was one
  std::string etag;        // without quotes
  std::string versionId;
  std::string contentType;
  std::string lastModified;  // as the header has it
  NameValues metadata;       // names without "x-amz-meta-"
};

struct S3Range {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last = {};  // inclusive
};

enum class S3Encryption { kBucketDefault, kAes256, kKms };

struct S3PutOptions {
  std::string contentType = "binary/octet-stream";
  std::string contentEncoding = {};
  NameValues metadata = {};  // names without "x-amz-meta-"
  S3Encryption encryption = S3Encryption::kBucketDefault;
  std::string kmsKeyId = {};  // with kKms; empty: AWS's own key
  std::string acl = {};       // canned: "bucket-owner-read", "bucket-owner-full-control"
};

// Of what a build leaves: under its key, or as the bucket has it when there is none; `ownerAccess` is a bucketOwnerAccess: NONE,
// READ_ONLY, FULL.
inline S3PutOptions putOptionsOf(const std::string& encryptionKey, std::string_view ownerAccess) {
  S3PutOptions options;
  if (!encryptionKey.empty()) options.encryption = S3Encryption::kKms;
  options.kmsKeyId = encryptionKey;
  if (ownerAccess == "READ_ONLY") options.acl = "bucket-owner-read";
  if (ownerAccess == "FULL") options.acl = "bucket-owner-full-control";
  return options;
}

struct S3Stored {
  std::string etag;  // without quotes
  std::string versionId;
  std::uint64_t size = 0;
};

struct S3Listed {
  std::string key;
  std::uint64_t size = 0;
  std::string etag;
  std::string lastModified;
};

struct S3ListOptions {
  std::string prefix = {};
  std::string delimiter = {};
  std::string token = {};  // S3Page::nextToken of the page before
  int maxKeys = 1000;
};

struct S3Page {
  std::vector<S3Listed> objects;
  std::vector<std::string> prefixes;  // with a delimiter
  std::string nextToken;              // empty: this was the last page
};

}  // namespace kiln::runtime
