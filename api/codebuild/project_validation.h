// AWS's rules for a whole project, or for the settings of one build, that its model does not hold (facts §5.2).
//
// `settings` is an AWS Project with its defaults. The first rule that is broken is told. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "api/codebuild/deps.h"
#include "api/codebuild/failures.h"

namespace kiln::api {

// What a project and a build with overrides have in common.
Refusal checkSettings(const nlohmann::json& settings, const Scope& scope);

// The above and what only a project has: tags, badge, limits.
Refusal checkProject(const nlohmann::json& project, const Scope& scope, const Limits& limits);

}  // namespace kiln::api
