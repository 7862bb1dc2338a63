#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "api/codebuild/build_removal.h"
#include "api/codebuild/families.h"
#include "api/codebuild/lookup.h"
#include "api/codebuild/project_defaults.h"
#include "api/codebuild/project_validation.h"
#include "api/codebuild/source_credentials.h"
#include "api/model/base64.h"
#include "api/model/json_access.h"
#include "api/model/transact.h"

namespace kiln::api {
namespace {

using nlohmann::json;

constexpr std::size_t kRemovalChunk = 200;

// What CreateProject and UpdateProject take over as it is.
constexpr const char* kMembers[] = {"description",
                                    "source",
                                    "secondarySources",
                                    "sourceVersion",
                                    "secondarySourceVersions",
                                    "artifacts",
                                    "secondaryArtifacts",
                                    "cache",
                                    "environment",
                                    "serviceRole",
                                    "timeoutInMinutes",
                                    "queuedTimeoutInMinutes",
                                    "encryptionKey",
                                    "tags",
                                    "vpcConfig",
                                    "logsConfig",
                                    "fileSystemLocations",
                                    "buildBatchConfig",
                                    "concurrentBuildLimit",
                                    "autoRetryLimit"};

bool isEmptyStruct(const json& value) {
  return std::all_of(value.begin(), value.end(), [](const json& member) { return member.empty(); });
}

std::string badgeUrl(const store::Project& project) {
  const std::string uuid = nameUuid(projectArn(project.scope, project.name) + "/badge/" +
                                    std::to_string(toUnixMillis(project.created)));
  return "https://codebuild." + project.scope.region +
         ".amazonaws.com/badges?uuid=" + toBase64(uuid) + "&branch=master";
}

// Members that mean "none" are left out of what is stored.
void dropRemoved(json& document) {
  for (const char* name : {"vpcConfig", "buildBatchConfig"}) {
    if (document.contains(name) && isEmptyStruct(document[name])) document.erase(name);
  }
  if (textOf(document, "sourceVersion").empty()) document.erase("sourceVersion");
  if (document.value("concurrentBuildLimit", std::int64_t{0}) == -1) {
    document.erase("concurrentBuildLimit");
  }
}

// The request's members over what is there; a given structure replaces the old one whole (facts §5.5).
json merged(const store::Project& project, const json& input) {
  json document = project.document.empty() ? json::object() : json::parse(project.document);
  document["name"] = project.name;
  document["arn"] = projectArn(project.scope, project.name);
  for (const char* name : kMembers) {
    if (input.contains(name)) document[name] = input[name];
  }
  if (input.contains("badgeEnabled")) {
    document["badge"] = {{"badgeEnabled", input["badgeEnabled"]}};
    if (flagOf(input, "badgeEnabled")) document["badge"]["badgeRequestUrl"] = badgeUrl(project);
  }
  dropRemoved(document);
  setDefaults(document, project.scope);
  return document;
}

json shown(const store::Resource& resource) {
  return {{"project", json::parse(resource.spec).at("project")}};
}

Answer createProject(const Deps& deps, const json& input, const Scope& scope) {
  auto name = projectNameOf(scope, textOf(input, "name"));
  if (!name.ok()) return name.error();
  const TimePoint now = toWholeMillis(deps.clock.now());
  store::Project project{
      .scope = scope, .name = *name, .document = {}, .created = now, .lastModified = now};
  const json document = merged(project, input);
  if (auto bad = checkProject(document, scope, deps.limits)) return *bad;
  project.document = document.dump();
  const store::Resource resource = store::toResource(project);
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto existing = findProject(txn, scope, *name);
    if (!existing.ok()) return existing.error();
    if (*existing) return alreadyExists("Project already exists: " + projectArn(scope, *name));
    if (auto bad = checkStoredCredentials(txn, scope, input)) return *bad;
    auto count = txn.countIndex(store::projectsByName(scope), deps.limits.projects);
    if (!count.ok()) return fromError(count.error());
    if (*count >= deps.limits.projects) {
      return limitExceeded("Cannot have more than " + std::to_string(deps.limits.projects) +
                           " projects for the account");
    }
    if (auto done = txn.create(resource); !done.ok()) return fromError(done.error());
    return shown(resource);
  });
}

Answer updateProject(const Deps& deps, const json& input, const Scope& scope) {
  auto name = projectNameOf(scope, textOf(input, "name"));
  if (!name.ok()) return name.error();
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto project = getProject(txn, scope, *name);
    if (!project.ok()) return project.error();
    const json document = merged(*project, input);
    if (auto bad = checkProject(document, scope, deps.limits)) return *bad;
    if (auto bad = checkStoredCredentials(txn, scope, input)) return *bad;
    project->document = document.dump();
    project->lastModified = std::max(toWholeMillis(deps.clock.now()), project->lastModified);
    const store::Resource resource = store::toResource(*project);
    if (auto done = txn.update(resource, store::Half::kSpec); !done.ok())
      return fromError(done.error());
    return shown(resource);
  });
}

// One chunk of a project's builds; the project itself goes with the last of them, so that a deletion that was cut short is
// finished by the next one.
Answer removeChunk(const Deps& deps, const Scope& scope, const std::string& name) {
  auto page = deps.store.scanIndex(store::projectBuildsIndex(scope, name), {}, kRemovalChunk,
                                   store::Order::kAscending);
  if (!page.ok()) return fromError(page.error());
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    for (const auto& [entry, key] : page->entries) {
      auto build = findBuild(txn, BuildId::fromKey(key));
      if (!build.ok()) return build.error();
      if (!*build) continue;
      auto done = removeBuild(txn, std::move(**build), deps.clock.now());
      if (!done.ok()) return fromError(done.error());
    }
    auto left = txn.countIndex(store::projectBuildsIndex(scope, name), 1);
    if (!left.ok()) return fromError(left.error());
    if (*left > 0) return json{{"again", true}};
    auto project = findProject(txn, scope, name);
    if (!project.ok()) return project.error();
    if (*project) {
      auto done = txn.erase((*project)->key(), (*project)->resourceVersion);
      if (!done.ok()) return fromError(done.error());
    }
    return json{{"again", false}};
  });
}

Answer deleteProject(const Deps& deps, const json& input, const Scope& scope) {
  auto name = projectNameOf(scope, textOf(input, "name"));
  if (!name.ok()) return name.error();
  while (true) {
    auto chunk = removeChunk(deps, scope, *name);
    if (!chunk.ok()) return chunk.error();
    if (!flagOf(*chunk, "again")) return json::object();
  }
}

Answer invalidateProjectCache(const Deps& deps, const json& input, const Scope& scope) {
  auto name = projectNameOf(scope, textOf(input, "projectName"));
  if (!name.ok()) return name.error();
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto project = getProject(txn, scope, *name);
    if (!project.ok()) return project.error();
    ++project->cacheGeneration;
    auto done = txn.update(store::toResource(*project), store::Half::kSpec);
    if (!done.ok()) return fromError(done.error());
    return json::object();
  });
}

}  // namespace

void addProjectOperations(Operations& operations, const Deps& deps) {
  operations["CreateProject"] = [deps](const json& input, const CallContext& context) {
    return createProject(deps, input, context.scope);
  };
  operations["UpdateProject"] = [deps](const json& input, const CallContext& context) {
    return updateProject(deps, input, context.scope);
  };
  operations["DeleteProject"] = [deps](const json& input, const CallContext& context) {
    return deleteProject(deps, input, context.scope);
  };
  operations["InvalidateProjectCache"] = [deps](const json& input, const CallContext& context) {
    return invalidateProjectCache(deps, input, context.scope);
  };
}

}  // namespace kiln::api
