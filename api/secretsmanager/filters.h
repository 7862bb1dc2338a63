// Filters of ListSecrets and BatchGetSecretValue: checked once, then asked about each secret. Values only.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/secretsmanager/secret.h"

namespace kiln::api::secrets {

struct Filter {
  std::string key;
  std::vector<std::string> values;  // one that begins with ! is the opposite
};

Found<std::vector<Filter>> parseFilters(const nlohmann::json& filters);
bool passes(const Secret& secret, const std::vector<Filter>& filters);

}  // namespace kiln::api::secrets
