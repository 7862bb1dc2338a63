// Members of valid input that may be absent. None of these throws on input that the model's validator has passed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kiln::api {

std::string textOf(const nlohmann::json& object, const char* name);  // "" when absent
bool flagOf(const nlohmann::json& object, const char* name);         // false when absent
const nlohmann::json& structOf(const nlohmann::json& object, const char* name);  // {} when absent
const nlohmann::json& listOf(const nlohmann::json& object, const char* name);    // [] when absent

// Sets the member unless it is there.
void setDefault(nlohmann::json& object, const char* name, nlohmann::json value);

}  // namespace kiln::api
