// AWS's rules for the build environment that its model does not hold: images, compute types, credentials, variables
// (facts §5.2, §8.5, §8.6).
//
// `settings` is an AWS Project with its defaults. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "api/codebuild/failures.h"

namespace kiln::api {

Refusal checkEnvironment(const nlohmann::json& settings);

// Names are there once in a list, the project's or an override's. (Facts §3.3 has it as likely, not as seen.)
Refusal checkVariables(const nlohmann::json& variables);

}  // namespace kiln::api
