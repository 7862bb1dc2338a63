// S3 on the wire: calls for buckets and objects, and the XML and headers of answers. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/aws/aws_client.h"
#include "runtime/aws/s3_types.h"

namespace kiln::runtime {

// A call of `operation` on a bucket, or on an object when `key` is not empty; by path or by host as the endpoint wants it.
AwsCall s3Call(const AwsEndpoint& endpoint, const std::string& operation, const std::string& method,
               const std::string& bucket, const std::string& key);

// The headers that PutObject and CreateMultipartUpload share.
NameValues putHeaders(const S3PutOptions& options);

S3ObjectInfo objectInfoOf(const AwsReply& reply);
std::string withoutQuotes(std::string_view etag);

// Of an answer's XML; kInternal when it is not what was asked for.
Result<S3Page> parseList(std::string_view xml);
Result<std::string> parseUploadId(std::string_view xml);
Result<std::string> parseCompleted(std::string_view xml);  // the etag
// "" and "EU" are us-east-1 and eu-west-1.
Result<std::string> parseLocation(std::string_view xml);

// The body of CompleteMultipartUpload: the etags of parts 1, 2, ...
std::string completeBody(const std::vector<std::string>& etags);

}  // namespace kiln::runtime
