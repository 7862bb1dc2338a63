// How a build comes into being: from a request (StartBuild) or from another build (RetryBuild, auto retry). Shared by the API and the
// controller, which starts auto retries in the commit that ends the failed build (facts §2.8).
//
// Pure; the caller takes the number and the uuid from the store and the system. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "controller/core/build.h"

namespace kiln::store {

struct NewBuild {
  BuildId id;
  std::int64_t number = 0;
  TimePoint now;
  std::string initiator;
};

// `build` and `request` are the two parts of the record's spec (build_record.h), without what this adds: buildNumber, startTime,
// initiator, projectName, artifacts and secondaryArtifacts.
Build newBuild(const NewBuild& fresh, nlohmann::json build, nlohmann::json request);

// The original's settings under a new id, the source version pinned to the one it resolved to. Retry numbers start again.
Build retryOf(const Build& original, const NewBuild& fresh);

// The same as the service itself does it: the next retry number, the original as predecessor, the service role's session as
// initiator.
Build autoRetryOf(const Build& original, std::string uuid, std::int64_t number, TimePoint now);

// Is an auto retry due after this build? Failed (not stopped, timed out or ours), retries left, not started by a pipeline.
bool wantsAutoRetry(const Build& build);

}  // namespace kiln::store
