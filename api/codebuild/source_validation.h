// AWS's rules for sources and artifacts that its model does not hold (facts §5.2, §5.8, §5.9). Where the service's own words are not
// known, the text says the rule and begins as its known ones do.
//
// `settings` is an AWS Project as far as it is given. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "api/codebuild/failures.h"

namespace kiln::api {

Refusal checkSources(const nlohmann::json& settings);
Refusal checkArtifacts(const nlohmann::json& settings);

// Source and artifacts are both CODEPIPELINE or neither is.
Refusal checkPipelinePair(const nlohmann::json& settings);

// Does an S3 location, a bucket and what is behind its /, or such an ARN, begin with what can be a bucket?
bool namesBucket(std::string_view location);

// Do sources of this type have commit statuses (reportBuildStatus)?
bool reportsBuildStatus(std::string_view sourceType);

}  // namespace kiln::api
