// Filters of DescribeParameters and GetParametersByPath: checked once, then asked about each parameter.
//
// Values only. A name's leading slash makes no difference, as with the service.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/ssm/parameter.h"

namespace kiln::api::ssm {

struct Filter {
  std::string key;     // Name, Type, KeyId, Path, Label, Tier, DataType, tag:…
  std::string option;  // Equals, BeginsWith, Contains, OneLevel, Recursive
  std::vector<std::string> values;
};

enum class FilterUse { kDescribe, kByPath };

// `ParameterFilters` of the input, or the older `Filters`.
Found<std::vector<Filter>> parseFilters(const nlohmann::json& input, FilterUse use);

// All of them but Label, which chooses versions.
bool passes(const Parameter& parameter, const std::vector<Filter>& filters);

// Is the parameter under the path, at any depth or right below it?
bool isUnder(const std::string& name, const std::string& path, bool recursive);

}  // namespace kiln::api::ssm
