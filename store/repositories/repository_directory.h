// RepositoryDirectory: where the bare git repositories lie, one directory `<id>.git` each. Ids are uuids, so no name of a user ever
// becomes a path.
//
// A repository is made as `new-<id>`, synced, then renamed; it goes by being renamed to `gone-<id>`, then removed. sweep() clears what
// a crash left. Threads: any, but one call at a time for one id; sweep() before all others.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "controller/core/result.h"

namespace kiln::store {

class RepositoryDirectory {
 public:
  explicit RepositoryDirectory(std::filesystem::path root) : root_(std::move(root)) {}

  std::filesystem::path pathOf(const std::string& id) const { return root_ / (id + ".git"); }

  Status create(const std::string& id) const;
  Status remove(const std::string& id) const;  // one that is not there is removed

  // Removes half-made and half-removed repositories, and in the others lock files and quarantined objects of programs that were killed.
  // A whole one that `isKnown` denies is moved to `lost`: an older copy of the store may have been put back.
  Status sweep(const std::function<bool(const std::string& id)>& isKnown) const;

  // Makes the names of new packs and references durable; their bytes are synced by who writes them.
  Status syncNames(const std::string& id, const std::vector<std::string>& references) const;

 private:
  std::filesystem::path root_;
};

}  // namespace kiln::store
