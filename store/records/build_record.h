// Build <-> the store's record of it, and the index entries that go with a build.
//
// The record's spec is JSON, and `BuildSpec::document` carries it whole; the other members of BuildSpec are a typed view of it:
//   "build"    AWS Build members that came from the request: source, environment, artifacts, buildNumber, startTime, initiator, ...
//   "request"  what AWS's Build does not show but a build needs: projectArtifacts, secondaryProjectArtifacts, logsConfig
//   "control"  what the API asks of a running build: {"stopRequestedAt": unix ms}; the one part that toResource() rewrites,
//              from BuildSpec::stopRequestedAt
// The record's status is JSON of BuildState, times in whole milliseconds. Encoding what was decoded gives the same bytes, which
// is what lets the store refuse a write to the wrong half.
//
// Pure functions, any thread. kCorrupt on text that is not a build.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/build.h"
#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::store {

Result<Build> toBuild(const Resource& resource);

// The whole record, index entries included. Keeps nothing of an older record: version, finalizers and deletion come from `build`.
// `build.spec.document` must be the document of a build (from toBuild() or new_build.h); anything else aborts.
Resource toResource(const Build& build);

// The name of the build's log stream: `<uuid>`, or `<prefix>/<uuid>` when the logs' configuration gives a prefix (facts §4.5).
std::string logStreamName(const BuildId& id, std::string_view prefix);

// Where build numbers come from: Txn::nextNumber(scope, this). It outlives the project (facts §5.1).
std::string buildNumberCounter(std::string_view project);

// Index prefixes; the sort bytes after them make scans come out in the order the API promises (facts §5.4).
// A deleted build is in none of them but the active one, and in that as long as its record exists.
std::string buildsIndex(const Scope& scope);  // by start time
std::string buildsIndexOfAccount(
    std::string_view account);  // the same of all regions, one after the other
std::string projectBuildsIndex(const Scope& scope, std::string_view project);  // by build number
inline constexpr std::string_view kActiveBuildsIndex =
    "active/";  // all scopes, by start time: what start-up loads
std::string activeProjectBuildsIndex(
    const Scope& scope, std::string_view project);  // in progress, for concurrentBuildLimit
std::string queuedBuildsIndex(const Scope& scope);  // not yet provisioning, for the queue's limit

}  // namespace kiln::store
