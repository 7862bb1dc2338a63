// Names of S3: which bucket and key a request means, by path or by virtual host, and what may be a name. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/http/request.h"
#include "api/s3/errors.h"

namespace kiln::api::s3 {

inline constexpr std::size_t kLongestKey = 1024;

// The rules for new buckets: 3 to 63 of a-z 0-9 . -, no IP address, no reserved beginning or end.
bool isBucketName(std::string_view name);

// The bucket of a virtual host: `b.localhost`, `b.s3.localhost`, `b.s3.amazonaws.com`, `b.s3.us-west-2.amazonaws.com`,
// `b.s3-accelerate.…`, with or without a port. nullopt for localhost, IP addresses, plain endpoints and other services' names.
std::optional<std::string> bucketOfHost(std::string_view host);

struct Target {
  std::string bucket;  // empty: the service itself
  std::string key;     // decoded; empty: the bucket itself
};

// InvalidURI for a key that is not UTF-8, KeyTooLongError.
S3Result<Target> targetOf(const Request& request);

// `"abc"`; and back, whether there are quotes or not.
std::string inQuotes(std::string_view etag);
std::string_view unquoted(std::string_view etag);

// As `encoding-type=url` has it: all but letters, digits and -_.*/ as %XX, a space as +.
std::string urlEncoded(std::string_view text);

}  // namespace kiln::api::s3
