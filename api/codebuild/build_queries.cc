#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "api/codebuild/build_view.h"
#include "api/codebuild/families.h"
#include "api/codebuild/lookup.h"
#include "api/codebuild/paging.h"
#include "api/model/json_access.h"

namespace kiln::api {
namespace {

using nlohmann::json;

// In the order asked; a build that is asked for twice is answered once.
Answer batchGetBuilds(const Deps& deps, const json& input, const Scope& scope) {
  json answer = {{"builds", json::array()}, {"buildsNotFound", json::array()}};
  std::set<BuildId> seen;
  for (const json& asked : input.at("ids")) {
    auto id = buildIdOf(scope, asked.get<std::string>());
    if (!id.ok()) return id.error();
    if (!seen.insert(*id).second) continue;
    auto build = findBuild(deps.store, *id);
    if (!build.ok()) return build.error();
    if (*build) {
      answer["builds"].push_back(buildView(**build));
    } else {
      answer["buildsNotFound"].push_back(asked);
    }
  }
  return answer;
}

Answer listBuilds(const Deps& deps, const json& input, const Scope& scope) {
  return listPage(deps.store,
                  {.prefix = store::buildsIndex(scope),
                   .order = sortOrder(input, store::Order::kDescending),
                   .member = "ids"},
                  input);
}

Answer listBuildsForProject(const Deps& deps, const json& input, const Scope& scope) {
  auto name = projectNameOf(scope, textOf(input, "projectName"));
  if (!name.ok()) return name.error();
  auto project = findProject(deps.store, scope, *name);
  if (!project.ok()) return project.error();
  if (!*project) {
    return notFound("The provided project " + projectArn(scope, *name) + " does not exist");
  }
  return listPage(deps.store,
                  {.prefix = store::projectBuildsIndex(scope, *name),
                   .order = sortOrder(input, store::Order::kDescending),
                   .member = "ids"},
                  input);
}

}  // namespace

void addBuildQueryOperations(Operations& operations, const Deps& deps) {
  operations["BatchGetBuilds"] = [deps](const json& input, const CallContext& context) {
    return batchGetBuilds(deps, input, context.scope);
  };
  operations["ListBuilds"] = [deps](const json& input, const CallContext& context) {
    return listBuilds(deps, input, context.scope);
  };
  operations["ListBuildsForProject"] = [deps](const json& input, const CallContext& context) {
    return listBuildsForProject(deps, input, context.scope);
  };
}

}  // namespace kiln::api
