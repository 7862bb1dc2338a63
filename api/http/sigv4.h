// What a SigV4 signature says about its request: who, and for which region and service. Parsed, not verified: authentication is off.
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/http/request.h"

namespace kiln::api {

inline constexpr std::string_view kDefaultRegion = "us-east-1";

// `AKID/20260101/us-west-2/codebuild/aws4_request`
struct CredentialScope {
  std::string accessKeyId;
  std::string date;
  std::string region;
  std::string service;
};

// nullopt unless the text has these five parts, each of the letters such a part may have.
std::optional<CredentialScope> parseCredential(std::string_view credential);

// From the Authorization header, or from X-Amz-Credential of a presigned URL; nullopt when the request is not signed.
std::optional<CredentialScope> findCredentialScope(const Request& request);

}  // namespace kiln::api
