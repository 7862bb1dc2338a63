#include "store/repositories/repository.h"

#include <nlohmann/json.hpp>

#include "store/records/sort_bytes.h"

namespace kiln::store {

using nlohmann::json;

namespace {
const std::string kEnd(1, '\0');
}

std::string repositoryArn(const Scope& scope, std::string_view name) {
  return "arn:aws:codecommit:" + scope.region + ":" + scope.account + ":" + std::string(name);
}

std::string Repository::arn() const { return repositoryArn(scope, name); }

std::string repositoriesByName(const Scope& scope) {
  return scopedIndex("codecommit-by-name", scope);
}
std::string repositoriesByChange(const Scope& scope) {
  return scopedIndex("codecommit-by-change", scope);
}
std::string repositoriesOfAccount(const std::string& account, const std::string& name) {
  return "codecommit-anywhere/" + account + "/" + name + kEnd;
}
std::string repositoryNameKey(const Scope& scope, const std::string& name) {
  return repositoriesByName(scope) + name + kEnd;
}

Result<Repository> toRepository(const Resource& resource) {
  const ResourceKey& key = resource.meta.key;
  Repository repository;
  repository.scope = key.scope;
  repository.id = key.name;
  repository.resourceVersion = resource.meta.resourceVersion;
  try {
    const json spec = json::parse(resource.spec);
    repository.name = spec.at("name").get<std::string>();
    repository.description = spec.at("description").get<std::string>();
    repository.defaultBranch = spec.at("defaultBranch").get<std::string>();
    repository.kmsKeyId = spec.at("kmsKeyId").get<std::string>();
    repository.created = fromUnixMillis(spec.at("created").get<std::int64_t>());
    repository.lastModified = fromUnixMillis(spec.at("lastModified").get<std::int64_t>());
    repository.tags = spec.at("tags").get<std::map<std::string, std::string>>();
    repository.triggers = spec.at("triggers").dump();
    repository.triggersId = spec.at("triggersId").get<std::string>();
  } catch (const json::exception& error) {
    return Error{Code::kCorrupt, "reading repository " + key.name +
                                     " from the store: " + std::string(error.what())};
  }
  return repository;
}

Resource toResource(const Repository& repository) {
  Resource resource;
  resource.meta.key = repository.key();
  resource.meta.resourceVersion = repository.resourceVersion;
  resource.meta.indexKeys = {
      repositoryNameKey(repository.scope, repository.name),
      repositoriesByChange(repository.scope) + sortable(toUnixMillis(repository.lastModified)) +
          "/" + repository.name,
      repositoriesOfAccount(repository.scope.account, repository.name) + repository.scope.region};
  resource.spec = json{{"name", repository.name},
                       {"description", repository.description},
                       {"defaultBranch", repository.defaultBranch},
                       {"kmsKeyId", repository.kmsKeyId},
                       {"created", toUnixMillis(repository.created)},
                       {"lastModified", toUnixMillis(repository.lastModified)},
                       {"tags", repository.tags},
                       {"triggers", json::parse(repository.triggers)},
                       {"triggersId", repository.triggersId}}
                      .dump(-1, ' ', false, json::error_handler_t::replace);
  resource.status = "{}";
  return resource;
}

}  // namespace kiln::store
