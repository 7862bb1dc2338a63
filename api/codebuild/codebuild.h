// The CodeBuild operations: valid input in, one store write, answer out. They never touch the engine, and never the observed half
// of a build that exists.
//
// Owner: main(), which gives the table to a JsonService. The handlers keep references to `deps`; any thread may call them.
// Failure: ServiceError with AWS's shapes and words (facts §5.2).
#pragma once

#include "api/codebuild/deps.h"
#include "api/model/operation.h"

namespace kiln::api {

Operations codebuildOperations(Deps deps);

// CodeBuild's own words about input, for the JsonService.
std::optional<ServiceError> checkCodebuildInput(const OperationModel& operation,
                                                const nlohmann::json& input);

}  // namespace kiln::api
