// What CodeBuild adds to a project's or a build's settings that the request left out (facts §5.5). Doing it twice changes nothing.
//
// `settings` is an AWS Project as far as the request gave it; its `name` is there. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "controller/core/ids.h"

namespace kiln::api {

void setDefaults(nlohmann::json& settings, const Scope& scope);

}  // namespace kiln::api
