// The source of a copy: x-amz-copy-source and the conditions that go with it.
#pragma once

#include <memory>

#include "api/s3/objects.h"

namespace kiln::api::s3 {

struct CopySource {
  store::ObjectName name;
  std::string versionId;
  std::shared_ptr<store::ObjectReader> reader;
};

// Opened, and its conditions met. InvalidArgument, NoSuchKey, PreconditionFailed and their kin.
S3Result<CopySource> openCopySource(const Call& call);

// Of the selected bytes, read through: MD5 as hexadecimal digits, and the digest.
struct ReadDigests {
  std::string md5;
  DigestValue digest;
};
S3Result<ReadDigests> digestsOf(const Call& call, store::ObjectReader& reader, Algorithm algorithm);

}  // namespace kiln::api::s3
