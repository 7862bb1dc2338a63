// Idempotency tokens: which build a token started, remembered for five minutes as notes of the resource that was asked
// (the project for StartBuild, the build for RetryBuild), in the commit that makes the build.
//
// Used inside a commit. Tokens that have expired go when one of the same bucket is written, so notes do not pile up.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "api/codebuild/lookup.h"
#include "controller/core/ids.h"
#include "store/store.h"

namespace kiln::api {

// The token that a StartBuild or RetryBuild brings may have 64 characters (facts §2.8).
Refusal checkToken(const nlohmann::json& input);

class TokenUse {
 public:
  // `input` is the whole call; its idempotencyToken may be absent, and then nothing is found or remembered.
  // How the owner was named, by its name or its ARN, makes no difference.
  TokenUse(ResourceKey owner, const nlohmann::json& input);

  // The build that the same call started before; InvalidInputException when the token came with other parameters.
  Found<std::optional<BuildId>> findBuild(store::Txn& txn, TimePoint now) const;

  Status remember(store::Txn& txn, const BuildId& id, TimePoint now) const;

 private:
  ResourceKey owner_;
  std::string token_;
  std::string parameters_;  // a digest
  std::string note_;
};

}  // namespace kiln::api
