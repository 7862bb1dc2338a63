// S3Error: a failed call in S3's words: its code, message and status, and the fields and headers that go with some codes. Values only.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http/request.h"
#include "controller/core/result.h"

namespace kiln::api::s3 {

struct S3Error {
  std::string code;
  std::string message;
  int status = 400;
  std::vector<std::pair<std::string, std::string>> fields =
      {};  // after the message: BucketName, Key, …
  Headers headers = {};

  S3Error&& with(std::string field, std::string value) && {
    fields.emplace_back(std::move(field), std::move(value));
    return std::move(*this);
  }
};

template <typename T>
using S3Result = Result<T, S3Error>;

// With S3's own status and message for the code; a code that S3 does not have aborts.
S3Error s3Error(std::string_view code);
S3Error s3Error(std::string_view code, std::string message);

S3Error invalidArgument(std::string message, std::string name, std::string value);
S3Error noSuchBucket(std::string bucket);
S3Error noSuchKey(std::string key);
S3Error noSuchVersion(std::string key, std::string versionId);
S3Error noSuchUpload(std::string uploadId);
S3Error preconditionFailed(std::string condition);  // the header's name

// What the object store answers, for a call on `bucket`: kGone is NoSuchBucket, what is ours InternalError or SlowDown.
S3Error fromStore(const Error& error, const std::string& bucket);

// A request's body that could not be read to its end, as its reader tells it: what SDKs try again when it is not the client's fault.
S3Error brokenBody(const Error& error);

// The document, with the request's ids.
std::string toXml(const S3Error& error, const std::string& requestId, const std::string& hostId);

}  // namespace kiln::api::s3
