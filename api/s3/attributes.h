// Attributes: what S3 remembers of an object beside its bytes, and how it is kept in the object store's text. Values only.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/s3/call.h"
#include "api/s3/checksum.h"

namespace kiln::api::s3 {

using Tags = std::vector<std::pair<std::string, std::string>>;

// As it is shown: base64; of a composite one with `-N` after it.
struct KnownChecksum {
  Algorithm algorithm = Algorithm::kCrc64Nvme;
  std::string value;
  bool composite = false;
};

struct Attributes {
  std::map<std::string, std::string> headers;  // by member: ContentType, CacheControl, Expires, …
  std::map<std::string, std::string> metadata;
  Tags tags;
  std::string storageClass;  // empty: STANDARD
  std::string encryption;    // AES256, aws:kms, …
  std::string kmsKey;
  std::string acl;  // an AccessControlPolicy as JSON; empty: private
  std::string redirect;
  std::string upload;  // the multipart upload it was made of
  std::optional<KnownChecksum> checksum;
};

std::string toText(const Attributes& attributes);
Attributes attributesOf(const std::string& text);

// Content headers, metadata, tags, class, encryption and ACL of a PutObject, CopyObject or CreateMultipartUpload. InvalidTag,
// MetadataTooLarge and their kin.
S3Result<Attributes> requestedAttributes(const Call& call);

// `a=1&b=2` of x-amz-tagging; and the TagSet of a body. InvalidTag, BadRequest beyond `most`.
S3Result<Tags> tagsOfHeader(const std::string& text);
S3Result<Tags> tagsOfBody(const nlohmann::json& tagging, std::size_t most);
nlohmann::json toTagSet(const Tags& tags);

// Sets ChecksumCRC32 … and ChecksumType.
void showChecksum(const std::optional<KnownChecksum>& checksum, nlohmann::json& into);
// ETag, VersionId (when the bucket has versions), encryption.
void showWritten(const store::ObjectInfo& info, const Attributes& attributes, nlohmann::json& into);

}  // namespace kiln::api::s3
