#include "store/records/project_record.h"

#include <nlohmann/json.hpp>

#include "store/records/json_time.h"
#include "store/records/sort_bytes.h"

namespace kiln::store {

using nlohmann::json;

Result<Project> toProject(const Resource& resource) {
  const ResourceKey& key = resource.meta.key;
  Project project{.scope = key.scope,
                  .name = key.name,
                  .resourceVersion = resource.meta.resourceVersion,
                  .document = {},
                  .created = {},
                  .lastModified = {}};
  try {
    const json spec = json::parse(resource.spec);
    const json& document = spec.at("project");
    project.document = document.dump();
    project.created = fromEpochSeconds(document.at("created").get<double>());
    project.lastModified = fromEpochSeconds(document.at("lastModified").get<double>());
    project.cacheGeneration = spec.at("cacheGeneration").get<std::int64_t>();
  } catch (const json::exception& e) {
    return Error{Code::kCorrupt,
                 "reading project " + key.name + " from the store: " + std::string(e.what())};
  }
  return project;
}

Resource toResource(const Project& project) {
  json document = json::parse(project.document);
  document["created"] = toEpochSeconds(project.created);
  document["lastModified"] = toEpochSeconds(project.lastModified);
  Resource resource;
  resource.meta.key = project.key();
  resource.meta.resourceVersion = project.resourceVersion;
  resource.meta.indexKeys = {projectsByName(project.scope) + project.name,
                             projectsByCreation(project.scope) +
                                 sortable(toUnixMillis(project.created)) + "/" + project.name,
                             projectsByChange(project.scope) +
                                 sortable(toUnixMillis(project.lastModified)) + "/" + project.name};
  resource.spec =
      json{{"project", std::move(document)}, {"cacheGeneration", project.cacheGeneration}}.dump();
  resource.status = "{}";
  return resource;
}

std::string projectsByName(const Scope& scope) { return scopedIndex("projects-by-name", scope); }
std::string projectsByCreation(const Scope& scope) {
  return scopedIndex("projects-by-creation", scope);
}
std::string projectsByChange(const Scope& scope) {
  return scopedIndex("projects-by-change", scope);
}

}  // namespace kiln::store
