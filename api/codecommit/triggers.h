// What a list of repository triggers may be. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace kiln::api::codecommit {

// The exception that the list breaks whatever the repository, or nullptr.
const char* triggersFault(const nlohmann::json& triggers);

}  // namespace kiln::api::codecommit
