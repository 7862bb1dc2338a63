// S3Client: what builds need of S3, of one endpoint: objects read and written as streams, listed, looked at, deleted.
//
// An object that is put is visible only when it is complete, whatever fails; memory is bounded by one part of 8 MiB. A download that
// breaks off is resumed where it stopped, of the same object. Threads: any. Failure: AwsError ("NoSuchKey" is kNotFound, access
// denied kFailedPrecondition). Cheap to make; `client` outlives it.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "runtime/aws/aws_client.h"
#include "runtime/aws/s3_types.h"

namespace kiln::runtime {

inline constexpr std::size_t kS3PartSize = 8 * 1024 * 1024;
inline constexpr std::size_t kS3MostParts = 10'000;
inline constexpr std::uint64_t kS3MostAtOnce = std::uint64_t{5} << 30;

class S3Client {
 public:
  S3Client(AwsClient& client, AwsEndpoint endpoint);

  AwsResult<S3ObjectInfo> head(const S3Object& object, std::stop_token stop = {});

  // The bytes go to the sink in order, each once. An error after some of them may be the sink's.
  AwsResult<S3ObjectInfo> get(const S3Object& object, const std::optional<S3Range>& range,
                              const ByteSink& sink, std::stop_token stop = {});

  // A stream of any length up to 78 GiB: one PutObject when it is small, else a multipart upload, aborted when it fails.
  AwsResult<S3Stored> put(const std::string& bucket, const std::string& key,
                          const ByteSource& source, const S3PutOptions& options,
                          std::stop_token stop = {});

  // At most 5 GiB of known length in one request, of which nothing stays when its sender dies.
  AwsResult<S3Stored> putWhole(const std::string& bucket, const std::string& key,
                               const BodySource& body, const S3PutOptions& options,
                               std::stop_token stop = {});

  AwsResult<S3Page> list(const std::string& bucket, const S3ListOptions& options,
                         std::stop_token stop = {});

  // Of an object that is not there it is done as well, as S3 has it.
  AwsResult<Done> remove(const S3Object& object, std::stop_token stop = {});

  // The region that S3 names, or "" when it names none.
  AwsResult<std::string> headBucket(const std::string& bucket, std::stop_token stop = {});
  AwsResult<std::string> bucketLocation(const std::string& bucket, std::stop_token stop = {});

 private:
  AwsClient& client_;
  AwsEndpoint endpoint_;
};

}  // namespace kiln::runtime
