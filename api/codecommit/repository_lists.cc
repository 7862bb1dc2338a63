#include <nlohmann/json.hpp>

#include "api/codecommit/families.h"
#include "api/codecommit/repository_view.h"
#include "api/model/page_token.h"

namespace kiln::api::codecommit {
namespace {

using nlohmann::json;

constexpr std::size_t kPage = 1000;

Answer batchGetRepositories(const Deps& deps, const json& input, const CallContext& context) {
  json answer{{"repositories", json::array()},
              {"repositoriesNotFound", json::array()},
              {"errors", json::array()}};
  for (const auto& asked : input.at("repositoryNames")) {
    const auto& name = asked.get_ref<const std::string&>();
    auto found = deps.repositories.find(context.scope, name);
    if (!found.ok()) return fromError(found.error());
    if (*found) {
      answer["repositories"].push_back(toMetadata(**found, context));
    } else {
      answer["repositoriesNotFound"].push_back(name);
      answer["errors"].push_back({{"repositoryName", name},
                                  {"errorCode", "RepositoryDoesNotExistException"},
                                  {"errorMessage", noRepository(name).message}});
    }
  }
  return answer;
}

Answer listRepositories(const Deps& deps, const json& input, const CallContext& context) {
  const bool byChange = input.value("sortBy", "repositoryName") == "lastModifiedDate";
  const bool descending = input.value("order", "ascending") == "descending";
  const std::string prefix = byChange ? store::repositoriesByChange(context.scope)
                                      : store::repositoriesByName(context.scope);
  const std::string list = "ListRepositories/" + prefix + (descending ? "/descending" : "");
  std::string cursor;
  if (const auto token = input.find("nextToken"); token != input.end()) {
    auto read = fromPageToken(list, token->get_ref<const std::string&>());
    if (!read) return failure("InvalidContinuationTokenException");
    cursor = *read;
  }
  auto page = deps.store.scanIndex(
      prefix, cursor, kPage, descending ? store::Order::kDescending : store::Order::kAscending);
  if (!page.ok()) return fromError(page.error());
  json answer{{"repositories", json::array()}};
  for (const auto& [index, key] : page->entries) {
    auto found = deps.store.find(key);
    if (!found.ok()) return fromError(found.error());
    if (!*found) continue;
    auto repository = store::toRepository(**found);
    if (!repository.ok()) return fromError(repository.error());
    answer["repositories"].push_back(
        {{"repositoryName", repository->name}, {"repositoryId", repository->id}});
  }
  if (!page->next.empty()) answer["nextToken"] = toPageToken(list, page->next);
  return answer;
}

}  // namespace

void addRepositoryListOperations(Operations& operations, const Deps& deps) {
  operations["BatchGetRepositories"] = [deps](const json& input, const CallContext& context) {
    return batchGetRepositories(deps, input, context);
  };
  operations["ListRepositories"] = [deps](const json& input, const CallContext& context) {
    return listRepositories(deps, input, context);
  };
}

}  // namespace kiln::api::codecommit
