#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "api/codebuild/families.h"
#include "api/codebuild/lookup.h"
#include "api/codebuild/paging.h"
#include "api/model/json_access.h"

namespace kiln::api {
namespace {

using nlohmann::json;

// In the order asked; a project that is asked for twice is answered once.
Answer batchGetProjects(const Deps& deps, const json& input, const Scope& scope) {
  json answer = {{"projects", json::array()}, {"projectsNotFound", json::array()}};
  std::set<std::string> seen;
  for (const json& asked : input.at("names")) {
    const std::string text = asked.get<std::string>();
    auto name = projectNameOf(scope, text);
    if (!seen.insert(name.ok() ? *name : text).second) continue;
    if (!name.ok()) {
      answer["projectsNotFound"].push_back(text);
      continue;
    }
    auto project = findProject(deps.store, scope, *name);
    if (!project.ok()) return project.error();
    if (*project) {
      answer["projects"].push_back(json::parse((*project)->document));
    } else {
      answer["projectsNotFound"].push_back(text);
    }
  }
  return answer;
}

std::string projectsIndex(const Scope& scope, const std::string& sortBy) {
  if (sortBy == "CREATED_TIME") return store::projectsByCreation(scope);
  if (sortBy == "LAST_MODIFIED_TIME") return store::projectsByChange(scope);
  return store::projectsByName(scope);
}

Answer listProjects(const Deps& deps, const json& input, const Scope& scope) {
  return listPage(deps.store,
                  {.prefix = projectsIndex(scope, textOf(input, "sortBy")),
                   .order = sortOrder(input, store::Order::kAscending),
                   .member = "projects"},
                  input);
}

}  // namespace

void addProjectQueryOperations(Operations& operations, const Deps& deps) {
  operations["BatchGetProjects"] = [deps](const json& input, const CallContext& context) {
    return batchGetProjects(deps, input, context.scope);
  };
  operations["ListProjects"] = [deps](const json& input, const CallContext& context) {
    return listProjects(deps, input, context.scope);
  };
}

}  // namespace kiln::api
