#include <nlohmann/json.hpp>

#include "api/codecommit/families.h"
#include "api/codecommit/repository_view.h"
#include "api/codecommit/tags.h"

namespace kiln::api::codecommit {
namespace {

using nlohmann::json;

std::string text(const json& input, const char* name) { return input.at(name).get<std::string>(); }

Answer createRepository(const Deps& deps, const json& input, const CallContext& context) {
  const json tags = input.value("tags", json::object());
  if (auto wrong = tagsFault(tags)) return *wrong;
  store::Repository wanted;
  wanted.scope = context.scope;
  wanted.name = text(input, "repositoryName");
  wanted.description = input.value("repositoryDescription", "");
  wanted.kmsKeyId = input.value("kmsKeyId", "");
  wanted.tags = tags.get<std::map<std::string, std::string>>();
  const std::string name = wanted.name;
  // Asked before anything is made on disk; the commit asks again.
  auto same = deps.repositories.find(context.scope, name);
  if (!same.ok()) return fromError(same.error());
  if (*same) return repositoryExists(name);
  auto made = deps.repositories.create(std::move(wanted));
  if (made.ok()) return json{{"repositoryMetadata", toMetadata(*made, context)}};
  if (made.error().code == Code::kAlreadyExists) return repositoryExists(name);
  return fromError(made.error());
}

Answer getRepositoryMetadata(const Deps& deps, const json& input, const CallContext& context) {
  auto repository = getRepository(deps, context.scope, text(input, "repositoryName"));
  if (!repository.ok()) return repository.error();
  return json{{"repositoryMetadata", toMetadata(*repository, context)}};
}

// The id of what was deleted; nothing when there was none of this name.
Answer deleteRepository(const Deps& deps, const json& input, const CallContext& context) {
  auto removed = deps.repositories.remove(context.scope, text(input, "repositoryName"));
  if (!removed.ok()) return fromError(removed.error());
  return *removed ? json{{"repositoryId", **removed}} : json::object();
}

Answer updateName(const Deps& deps, const json& input, const CallContext& context) {
  const std::string oldName = text(input, "oldName");
  const std::string newName = text(input, "newName");
  if (oldName == newName) {
    auto repository = getRepository(deps, context.scope, oldName);
    return repository.ok() ? repositoryExists(newName) : repository.error();
  }
  auto changed = deps.repositories.change(context.scope, oldName,
                                          [&](store::Repository& repository) -> Result<bool> {
                                            repository.name = newName;
                                            return true;
                                          });
  if (changed.ok()) return json::object();
  if (changed.error().code == Code::kAlreadyExists) return repositoryExists(newName);
  return fromStore(changed.error(), oldName);
}

Answer updateDescription(const Deps& deps, const json& input, const CallContext& context) {
  const std::string name = text(input, "repositoryName");
  auto changed = deps.repositories.change(
      context.scope, name, [&](store::Repository& repository) -> Result<bool> {
        repository.description = input.value("repositoryDescription", "");
        return true;
      });
  return changed.ok() ? Answer(json::object()) : fromStore(changed.error(), name);
}

Answer updateDefaultBranch(const Deps& deps, const json& input, const CallContext& context) {
  const std::string name = text(input, "repositoryName");
  const std::string branch = text(input, "defaultBranchName");
  auto opened = openNamed(deps, context.scope, input);
  if (!opened.ok()) return opened.error();
  bool missing = false;
  auto changed = deps.repositories.change(
      context.scope, name, [&](store::Repository& repository) -> Result<bool> {
        auto there = opened->git.findReference(branchReference(branch));
        if (!there.ok()) return there.error();
        missing = !there->has_value();
        if (missing) return Error{Code::kFailedPrecondition, "no branch " + branch};
        repository.defaultBranch = branchReference(branch).substr(store::kHeads.size());
        return true;
      });
  if (missing) return noBranch(branch);
  return changed.ok() ? Answer(json::object()) : fromStore(changed.error(), name);
}

}  // namespace

void addRepositoryOperations(Operations& operations, const Deps& deps) {
  const auto add = [&](const char* name, auto handler) {
    operations[name] = [deps, handler](const json& input, const CallContext& context) {
      return handler(deps, input, context);
    };
  };
  add("CreateRepository", createRepository);
  add("GetRepository", getRepositoryMetadata);
  add("DeleteRepository", deleteRepository);
  add("UpdateRepositoryName", updateName);
  add("UpdateRepositoryDescription", updateDescription);
  add("UpdateDefaultBranch", updateDefaultBranch);
}

}  // namespace kiln::api::codecommit
