// What an upload in parts remembers: the attributes its object will have, and how its checksum is made.
#pragma once

#include <optional>
#include <string>

#include "api/s3/objects.h"

namespace kiln::api::s3 {

struct UploadPlan {
  Attributes attributes;
  Algorithm algorithm = Algorithm::kCrc64Nvme;
  bool composite = false;
  bool chosen = false;  // the client named the algorithm
};

std::string toText(const UploadPlan& plan);
UploadPlan planOf(const std::string& text);

// From the headers of CreateMultipartUpload: algorithm and type must go together.
S3Result<UploadPlan> requestedPlan(const Call& call);

// The upload of the request. NoSuchUpload.
S3Result<store::UploadInfo> needUpload(const Call& call);

// What a part remembers.
std::string partText(const DigestValue& digest);
std::optional<KnownChecksum> partChecksum(const store::PartInfo& part);

}  // namespace kiln::api::s3
