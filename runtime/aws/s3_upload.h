// S3Upload: one stream put as one object. Made for S3Client::put, used once, by one thread.
//
// Nothing is visible before the last call has succeeded. A multipart upload that fails or is stopped is aborted; when even that
// fails, the error says which upload was left.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "runtime/aws/aws_client.h"
#include "runtime/aws/s3_types.h"

namespace kiln::runtime {

class S3Upload {
 public:
  S3Upload(AwsClient& client, const AwsEndpoint& endpoint, S3Object object,
           const S3PutOptions& options, std::stop_token stop);

  AwsResult<S3Stored> run(const ByteSource& source);

 private:
  AwsResult<std::string> nextPart(const ByteSource& source);
  AwsResult<S3Stored> putWhole(std::string body);
  AwsResult<S3Stored> putParts(std::string first, const ByteSource& source);
  AwsResult<Done> sendParts(std::string part, const ByteSource& source);
  AwsResult<Done> sendPart(std::string part);
  AwsResult<S3Stored> complete();
  AwsResult<S3Stored> completedBefore(const AwsError& refused);
  AwsError aborted(AwsError error);

  AwsCall callOf(const std::string& operation, const std::string& method) const;
  void addDigest(AwsCall& call) const;

  AwsClient& client_;
  const AwsEndpoint& endpoint_;
  const S3Object object_;
  const S3PutOptions& options_;
  const std::stop_token stop_;

  std::string surplus_;  // read beyond the end of the last part
  bool ended_ = false;
  std::string uploadId_;
  std::vector<std::string> etags_;
  std::uint64_t size_ = 0;
};

}  // namespace kiln::runtime
