#include "api/secretsmanager/pages.h"

#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/page_token.h"
#include "api/secretsmanager/filters.h"
#include "store/records/index_walk.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;

std::string indexOf(const Scope& scope, const std::string& sortBy) {
  if (sortBy == "name") return secretsByName(scope);
  if (sortBy == "last-changed-date") return secretsByChange(scope);
  if (sortBy == "last-accessed-date") return secretsByAccess(scope);
  return secretsByCreation(scope);
}

}  // namespace

std::string listOfInput(const char* operation, const Scope& scope, const json& input) {
  json question = input;
  for (const char* page : {"NextToken", "MaxResults"}) question.erase(page);
  return std::string(operation) + "/" + scope.account + "/" + scope.region + "/" + question.dump();
}

Found<std::string> cursorOf(const json& input, const std::string& list) {
  if (!input.contains("NextToken")) return std::string();
  auto cursor = fromPageToken(list, textOf(input, "NextToken"));
  if (!cursor) return invalidToken();
  return std::move(*cursor);
}

Found<SecretPage> listSecrets(const Deps& deps, const Scope& scope, const char* operation,
                              std::size_t most, const json& input) {
  auto filters = parseFilters(listOf(input, "Filters"));
  if (!filters.ok()) return filters.error();
  const std::string list = listOfInput(operation, scope, input);
  auto cursor = cursorOf(input, list);
  if (!cursor.ok()) return cursor.error();
  const std::string prefix = indexOf(scope, textOf(input, "SortBy"));
  const bool ascending = textOf(input, "SortOrder") == "asc";
  const bool planned = flagOf(input, "IncludePlannedDeletion");
  const TimePoint now = deps.clock.now();
  SecretPage page;
  auto next =
      store::walkIndex(deps.store,
                       {.prefix = prefix,
                        .cursor = *cursor,
                        .most = input.value("MaxResults", most),
                        .order = ascending ? store::Order::kAscending : store::Order::kDescending},
                       [&](const ResourceKey& key) -> Result<bool> {
                         auto resource = deps.store.find(key);
                         if (!resource.ok()) return resource.error();
                         if (!*resource) return false;
                         auto secret = toSecret(**resource);
                         if (!secret.ok()) return secret.error();
                         if (isOver(*secret, now) || (secret->deleted && !planned)) return false;
                         if (!passes(*secret, *filters)) return false;
                         page.secrets.push_back(std::move(*secret));
                         return true;
                       });
  if (!next.ok()) return fromError(next.error());
  if (!next->empty()) page.next = toPageToken(list, *next);
  return page;
}

}  // namespace kiln::api::secrets
