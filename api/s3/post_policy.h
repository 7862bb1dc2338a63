// The policy of a POST Object: until when, and what the form's fields may say. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "api/s3/errors.h"
#include "controller/core/clock.h"

namespace kiln::api::s3 {

using FormFields = std::map<std::string, std::string, std::less<>>;  // lower-case names

struct SizeRange {
  std::uint64_t least = 0;
  std::uint64_t most = UINT64_MAX;
};

// Checks the fields against the base64 policy; what it says of the file's size. InvalidPolicyDocument, AccessDenied.
S3Result<SizeRange> checkPostPolicy(const std::string& policy, const FormFields& fields,
                                    const std::string& bucket, TimePoint now);

}  // namespace kiln::api::s3
