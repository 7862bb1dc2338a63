// Finding what a request names: a group by its name or ARN, a stream in it. Members of input that may be absent (others: json_access.h).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/logs/deps.h"
#include "api/logs/failures.h"

namespace kiln::api::logs {

template <typename T>
using Found = Result<T, ServiceError>;

std::optional<std::int64_t> numberOf(const nlohmann::json& input, const char* name);
std::vector<std::string> textsOf(const nlohmann::json& input, const char* name);

// The name in a name or an ARN (`…:log-group:NAME`, with or without `:*`). nullopt for the ARN of another account, region or kind.
std::optional<std::string> groupNameIn(const Scope& scope, const std::string& nameOrArn);

// By name or ARN; ResourceNotFoundException when there is none.
Found<store::LogGroup> getGroup(const Deps& deps, const Scope& scope, const std::string& nameOrArn);
// By `logGroupName` or `logGroupIdentifier` of the input, of which exactly one is there.
Found<store::LogGroup> groupOf(const Deps& deps, const Scope& scope, const nlohmann::json& input);
Found<store::LogStream> getStream(const Deps& deps, const store::LogGroup& group,
                                  const std::string& name);

}  // namespace kiln::api::logs
