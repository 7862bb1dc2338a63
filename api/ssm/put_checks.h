// What PutParameter refuses whatever is stored, and the tier that a value gets. Pure functions of valid input.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "api/ssm/failures.h"
#include "api/ssm/parameter.h"

namespace kiln::api::ssm {

// Of the request alone.
Refusal checkPut(const nlohmann::json& input);

// Of the version that would be stored; `plain` is its value.
Refusal checkValue(const Version& version, const std::string& plain);

// "Standard" or "Advanced" for what was asked, which may be empty or Intelligent-Tiering; `before` is the tier so far, or empty.
Found<std::string> tierOf(const std::string& asked, const std::string& before,
                          const std::string& plain, bool policies);

// The policies as GetParameterHistory and DescribeParameters show them. `policies` has passed checkPut.
nlohmann::json shownPolicies(const std::string& policies);

}  // namespace kiln::api::ssm
