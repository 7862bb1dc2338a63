// BuildChange: what the store's feed says of builds, as watchers are to see it: grouped by commit and rendered once.
//
// A build whose deletion was asked for is gone for every client at that moment (the API no longer shows it), although its record
// stays until its container is removed: a watcher is told DELETED by the first change that is Removal::kAsked, and nothing after.
// Values; a ChangeSet is immutable once made and shared by all watchers. Failure: the store's (kGone above all).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/build.h"
#include "store/store.h"

namespace kiln::api {

enum class Removal {
  kNone,
  kAsked,  // the record still exists; several such changes may come, one for each finalizer that is done
  kDone,  // the record of a build whose removal was asked for has gone; `object` is empty
};

struct BuildChange {
  store::ChangeType type = store::ChangeType::kAdded;  // kDeleted when removal is asked for
  ResourceKey key;
  Removal removal = Removal::kNone;
  std::string object;  // the AWS Build as JSON, with its `resourceVersion`
};

// The builds that one commit changed. Never empty.
struct ChangeSet {
  std::uint64_t version = 0;
  std::vector<BuildChange> changes;
};
using SharedChanges = std::shared_ptr<const ChangeSet>;

struct ChangePage {
  std::vector<SharedChanges> sets;
  std::uint64_t version = 0;  // read up to and including this commit
  bool end = false;           // there was nothing after `version`
};

// The commits after `version`, whole ones only, about `limit` changes of them.
Result<ChangePage> readChanges(const store::Store& store, std::uint64_t version, std::size_t limit);

// The build as clients see it (asShown), as JSON text. nullopt when the record cannot be read, which is logged.
std::optional<std::string> renderBuild(const store::Resource& resource);

}  // namespace kiln::api
