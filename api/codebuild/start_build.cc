#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "api/codebuild/build_view.h"
#include "api/codebuild/families.h"
#include "api/codebuild/idempotency.h"
#include "api/codebuild/lookup.h"
#include "api/codebuild/overrides.h"
#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "store/records/build_event.h"
#include "store/records/new_build.h"

namespace kiln::api {
namespace {

using nlohmann::json;

Refusal checkQueue(store::Txn& txn, const Scope& scope, std::size_t limit) {
  if (limit == 0) return std::nullopt;
  auto queued = txn.countIndex(store::queuedBuildsIndex(scope), limit);
  if (!queued.ok()) return fromError(queued.error());
  if (*queued < limit) return std::nullopt;
  return limitExceeded("Cannot have more than " + std::to_string(limit) +
                       " builds in queue for the account");
}

Refusal checkLimits(store::Txn& txn, const Scope& scope, const json& project,
                    const Limits& limits) {
  if (auto refused = checkQueue(txn, scope, limits.queuedBuilds)) return refused;
  const auto concurrent = project.value("concurrentBuildLimit", std::int64_t{0});
  if (concurrent < 1) return std::nullopt;
  const auto limit = static_cast<std::size_t>(concurrent);
  auto active =
      txn.countIndex(store::activeProjectBuildsIndex(scope, textOf(project, "name")), limit);
  if (!active.ok()) return fromError(active.error());
  if (*active < limit) return std::nullopt;
  // The service's shape and text for this case are not established (facts §10.2).
  return limitExceeded("Cannot have more than " + std::to_string(limit) +
                       " active builds for the project " + textOf(project, "name"));
}

// The build that this very call made before, if it is still there.
Found<std::optional<Build>> findEarlier(store::Txn& txn, const TokenUse& token, TimePoint now) {
  auto id = token.findBuild(txn, now);
  if (!id.ok()) return id.error();
  if (!*id) return std::optional<Build>();
  return findBuild(txn, **id);
}

Result<store::NewBuild> freshBuild(store::Txn& txn, const CallContext& context,
                                   const std::string& project, TimePoint now) {
  auto number = txn.nextNumber(context.scope, store::buildNumberCounter(project));
  if (!number.ok()) return number.error();
  return store::NewBuild{.id = {context.scope, project, newUuid()},
                         .number = *number,
                         .now = now,
                         .initiator = context.principal};
}

Answer record(store::Txn& txn, const Build& build, const TokenUse& token, TimePoint now) {
  if (auto done = txn.create(store::toResource(build)); !done.ok()) return fromError(done.error());
  if (auto done = token.remember(txn, build.id, now); !done.ok()) return fromError(done.error());
  for (store::OutboxEntry& event : store::eventsBetween(nullptr, build)) txn.emit(std::move(event));
  return json{{"build", buildView(build)}};
}

Answer startBuild(const Deps& deps, const json& input, const CallContext& context) {
  const Scope& scope = context.scope;
  auto name = projectNameOf(scope, textOf(input, "projectName"));
  if (!name.ok()) return name.error();
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    const TimePoint now = toWholeMillis(deps.clock.now());
    auto project = getProject(txn, scope, *name);
    if (!project.ok()) return project.error();
    if (auto bad = checkToken(input)) return *bad;
    const TokenUse token(project->key(), input);
    auto earlier = findEarlier(txn, token, now);
    if (!earlier.ok()) return earlier.error();
    if (*earlier) return json{{"build", buildView(**earlier)}};
    const json settings = overridden(json::parse(project->document), input, scope);
    if (auto bad = checkStart(settings, input, scope)) return *bad;
    if (auto bad = checkLimits(txn, scope, settings, deps.limits)) return *bad;
    auto fresh = freshBuild(txn, context, *name, now);
    if (!fresh.ok()) return fromError(fresh.error());
    return record(txn,
                  store::newBuild(*fresh, buildPart(settings, input),
                                  requestPart(settings, project->cacheGeneration)),
                  token, now);
  });
}

Answer retryBuild(const Deps& deps, const json& input, const CallContext& context) {
  const Scope& scope = context.scope;
  const std::string asked = textOf(input, "id");
  auto id = buildIdOf(scope, asked);
  if (!id.ok()) return id.error();
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    const TimePoint now = toWholeMillis(deps.clock.now());
    auto original = getBuild(txn, *id, asked);
    if (!original.ok()) return original.error();
    auto project = getProject(txn, scope, id->project);
    if (!project.ok()) return project.error();
    if (auto bad = checkToken(input)) return *bad;
    const TokenUse token(id->key(), input);
    auto earlier = findEarlier(txn, token, now);
    if (!earlier.ok()) return earlier.error();
    if (*earlier) return json{{"build", buildView(**earlier)}};
    if (auto bad = checkLimits(txn, scope, json::parse(project->document), deps.limits))
      return *bad;
    auto fresh = freshBuild(txn, context, id->project, now);
    if (!fresh.ok()) return fromError(fresh.error());
    return record(txn, store::retryOf(*original, *fresh), token, now);
  });
}

}  // namespace

void addStartOperations(Operations& operations, const Deps& deps) {
  operations["StartBuild"] = [deps](const json& input, const CallContext& context) {
    return startBuild(deps, input, context);
  };
  operations["RetryBuild"] = [deps](const json& input, const CallContext& context) {
    return retryBuild(deps, input, context);
  };
}

}  // namespace kiln::api
