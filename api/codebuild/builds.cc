#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "api/codebuild/build_removal.h"
#include "api/codebuild/build_view.h"
#include "api/codebuild/families.h"
#include "api/codebuild/lookup.h"
#include "api/model/json_access.h"
#include "api/model/transact.h"

namespace kiln::api {
namespace {

using nlohmann::json;

// Asks for the stop and answers what the controller is then bound to record. A finished build is answered as it is.
Answer stopBuild(const Deps& deps, const json& input, const Scope& scope) {
  const std::string asked = textOf(input, "id");
  auto id = buildIdOf(scope, asked);
  if (!id.ok()) return id.error();
  auto before = getBuild(deps.store, *id, asked);
  if (!before.ok()) return before.error();
  if (before->spec.stopRequestedAt || !stoppable(*before))
    return json{{"build", buildView(*before)}};
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto build = getBuild(txn, *id, asked);
    if (!build.ok()) return build.error();
    if (stoppable(*build) && !build->spec.stopRequestedAt) {
      build->spec.stopRequestedAt = toWholeMillis(deps.clock.now());
      auto done = txn.update(store::toResource(*build), store::Half::kSpec);
      if (!done.ok()) return fromError(done.error());
    }
    return json{{"build", buildView(*build)}};
  });
}

// A build whose stop is asked for but not recorded yet is still in progress: its last event is not written.
Refusal deleteBuild(store::Txn& txn, const BuildId& id, TimePoint now, json& answer) {
  auto build = findBuild(txn, id);
  if (!build.ok()) return build.error();
  if (*build && !(*build)->complete()) {
    answer["buildsNotDeleted"].push_back({{"id", id.arn()}, {"statusCode", "BUILD_IN_PROGRESS"}});
    return std::nullopt;
  }
  if (*build) {
    auto done = removeBuild(txn, std::move(**build), now);
    if (!done.ok()) return fromError(done.error());
  }
  answer["buildsDeleted"].push_back(id.arn());
  return std::nullopt;
}

Answer batchDeleteBuilds(const Deps& deps, const json& input, const Scope& scope) {
  std::set<BuildId> seen;
  std::vector<BuildId> ids;
  for (const json& asked : input.at("ids")) {
    auto id = buildIdOf(scope, asked.get<std::string>());
    if (!id.ok()) return id.error();
    if (seen.insert(*id).second) ids.push_back(std::move(*id));
  }
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    json answer = {{"buildsDeleted", json::array()}, {"buildsNotDeleted", json::array()}};
    for (const BuildId& id : ids) {
      if (auto bad = deleteBuild(txn, id, deps.clock.now(), answer)) return *bad;
    }
    return answer;
  });
}

}  // namespace

void addBuildOperations(Operations& operations, const Deps& deps) {
  operations["StopBuild"] = [deps](const json& input, const CallContext& context) {
    return stopBuild(deps, input, context.scope);
  };
  operations["BatchDeleteBuilds"] = [deps](const json& input, const CallContext& context) {
    return batchDeleteBuilds(deps, input, context.scope);
  };
}

}  // namespace kiln::api
