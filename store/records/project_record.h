// Project <-> the store's record of it. A project has no observed half: its record's status is `{}`.
//
// The record's spec is JSON: {"project": {AWS Project members, whole, as BatchGetProjects shows them}, "cacheGeneration": n}.
// Pure functions, any thread. kCorrupt on text that is not a project.
#pragma once

#include <cstdint>
#include <string>

#include "controller/core/clock.h"
#include "controller/core/ids.h"
#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::store {

struct Project {
  Scope scope;
  std::string name;
  std::uint64_t resourceVersion = 0;
  std::string document;  // JSON: the AWS Project
  TimePoint created;
  TimePoint lastModified;
  std::int64_t cacheGeneration =
      0;  // bumped by InvalidateProjectCache: the part of the cache's key that makes it a new one

  ResourceKey key() const { return {std::string(kProjectKind), scope, name}; }
};

Result<Project> toProject(const Resource& resource);

// `created` and `lastModified` are written into the document, in AWS's form.
Resource toResource(const Project& project);

// Index prefixes, one for each order of ListProjects.
std::string projectsByName(const Scope& scope);
std::string projectsByCreation(const Scope& scope);
std::string projectsByChange(const Scope& scope);

}  // namespace kiln::store
