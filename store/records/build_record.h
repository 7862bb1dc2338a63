// Build <-> the store's record of it, and the index entries and notes that go with a build.
//
// The record's spec is JSON: {"build": {AWS Build members that came from the request}, "request": {what AWS's Build does not
// show but a build needs: projectArtifacts, secondaryProjectArtifacts, logsConfig, sourceAuth, ...}, "control": {...}}; BuildSpec is a typed view
// of it and `document` carries it whole. The record's status is JSON of BuildState. Pure functions; kCorrupt on text that is
// not a build.
#pragma once

#include <string>

#include "controller/core/build.h"
#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::store {

Result<Build> toBuild(const Resource& resource);

// The whole record, index entries included. Keeps nothing of an older record: version, finalizers and deletion come from `build`.
Resource toResource(const Build& build);

// Index prefixes; the sort bytes after them make scans come out in the order the API promises (facts §5.4).
std::string buildsIndex(const Scope& scope);                                      // by start time
std::string projectBuildsIndex(const Scope& scope, std::string_view project);     // by build number
inline constexpr std::string_view kActiveBuildsIndex = "active/";                 // all scopes, by start time: what start-up loads
std::string activeProjectBuildsIndex(const Scope& scope, std::string_view project);  // in progress, for concurrentBuildLimit

}  // namespace kiln::store
