// UploadTarget: the S3 that a build's artifact goes to: bucket, key, and what every object of it carries (facts §5.8).
// Value; any thread. The client outlives it.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "controller/core/build.h"
#include "runtime/artifacts/digests.h"
#include "runtime/artifacts/upload_fault.h"
#include "runtime/aws/s3_client.h"

namespace kiln::runtime {

struct UploadTarget {
  AwsClient& client;
  AwsEndpoint endpoint;
  std::string bucket;
  std::string key;
  std::string buildArn;
  S3PutOptions owned;  // the build's key, and what the bucket's owner may
  std::stop_token stop;

  UploadTarget(AwsClient& awsClient, AwsEndpoint s3, const Build& build,
               const ArtifactOutput& output, std::string objectKey, std::stop_token stopping);

  S3PutOptions optionsFor(const Digests& digests, std::string contentType) const;
  S3Client s3() const { return {client, endpoint}; }

  // Where a file of a folder goes: `key/name`, or below the bucket's or a folder's root.
  std::string keyOf(std::string_view name) const;
};

// Is the bucket there, and in the build's region? What may not be asked, or is not known there, the put
// will tell.
std::optional<UploadFault> checkBucket(const UploadTarget& target);

// Nullopt when S3 takes objects under this key.
std::optional<UploadFault> checkKey(const std::string& key);

// By the name's ending, so that a bucket of artifacts can be looked at in a browser.
std::string contentTypeOf(std::string_view name);

}  // namespace kiln::runtime
