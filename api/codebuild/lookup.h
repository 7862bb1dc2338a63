// Finding what a request names: by name, id or ARN. Works in a commit (Txn) and outside (Store).
//
// A build that is being deleted is not found. Failures of the store come back as the service's own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/codebuild/failures.h"
#include "store/records/build_record.h"
#include "store/records/project_record.h"
#include "store/store.h"

namespace kiln::api {

template <typename T>
using Found = Result<T, ServiceError>;

// The name in a name or a project ARN of this scope; InvalidInputException for what cannot be a project's name.
Found<std::string> projectNameOf(const Scope& scope, std::string_view nameOrArn);

// The id in a build's id or ARN; InvalidInputException when it is neither.
Found<BuildId> buildIdOf(const Scope& scope, std::string_view idOrArn);

template <typename Reader>
Found<std::optional<store::Project>> findProject(Reader& reader, const Scope& scope,
                                                 const std::string& name) {
  auto resource = reader.find(ResourceKey{std::string(kProjectKind), scope, name});
  if (!resource.ok()) return fromError(resource.error());
  if (!*resource) return std::optional<store::Project>();
  auto project = store::toProject(**resource);
  if (!project.ok()) return fromError(project.error());
  return std::optional(std::move(*project));
}

// As above; ResourceNotFoundException when there is none.
template <typename Reader>
Found<store::Project> getProject(Reader& reader, const Scope& scope, const std::string& name) {
  auto project = findProject(reader, scope, name);
  if (!project.ok()) return project.error();
  if (!*project) return projectNotFound(scope, name);
  return std::move(**project);
}

template <typename Reader>
Found<std::optional<Build>> findBuild(Reader& reader, const BuildId& id) {
  auto resource = reader.find(id.key());
  if (!resource.ok()) return fromError(resource.error());
  if (!*resource || (*resource)->meta.deletedAt) return std::optional<Build>();
  auto build = store::toBuild(**resource);
  if (!build.ok()) return fromError(build.error());
  return std::optional(std::move(*build));
}

// As above; ResourceNotFoundException naming `asked` when there is none.
template <typename Reader>
Found<Build> getBuild(Reader& reader, const BuildId& id, const std::string& asked) {
  auto build = findBuild(reader, id);
  if (!build.ok()) return build.error();
  if (!*build) return buildNotFound(asked);
  return std::move(**build);
}

}  // namespace kiln::api
