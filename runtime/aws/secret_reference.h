// SecretReference: how a buildspec and an environment variable name a secret: `secret-id[:json-key[:version-stage[:version-id]]]`, where
// secret-id is a name or an ARN. A value; parsing is pure.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/result.h"

namespace kiln::runtime {

struct SecretReference {
  std::string secretId;
  std::string jsonKey;       // empty: the whole text
  std::string versionStage;  // empty: AWSCURRENT, unless versionId says another
  std::string versionId;
  bool operator==(const SecretReference&) const = default;

  // kInvalidArgument when there is no secret-id, or more parts than these.
  static Result<SecretReference> parse(std::string_view text);
};

}  // namespace kiln::runtime
