// One page of the secrets that a call asks for: filtered, sorted, with or without those marked for deletion.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/secretsmanager/secret.h"
#include "api/secretsmanager/secretsmanager.h"

namespace kiln::api::secrets {

struct SecretPage {
  std::vector<Secret> secrets;
  std::string next;  // token, or empty
};

// Reads Filters, SortBy, SortOrder, IncludePlannedDeletion, MaxResults and NextToken of the input.
Found<SecretPage> listSecrets(const Deps& deps, const Scope& scope, const char* operation,
                              std::size_t most, const nlohmann::json& input);

// The token's list: the operation's question without the page; and the cursor that the input's token holds.
std::string listOfInput(const char* operation, const Scope& scope, const nlohmann::json& input);
Found<std::string> cursorOf(const nlohmann::json& input, const std::string& list);

}  // namespace kiln::api::secrets
