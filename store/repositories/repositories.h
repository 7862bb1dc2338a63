// Repositories: every CodeCommit repository: its record in the store, its git data on disk, and the events of its references.
//
// The record is the truth about a repository's name, the git data about its references. Whoever changes references takes the
// repository's turn, changes them, and settles: what differs from the references noted in the store becomes events, in one commit with
// the new notes. start() settles every repository, so a crash between the two loses no event and invents none.
// Owner: main(). Threads: any. Failure: kNotFound, kAlreadyExists, and what the store, the disk and git answer.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "store/repositories/references.h"
#include "store/repositories/repository.h"
#include "store/repositories/repository_directory.h"
#include "store/repositories/tidier.h"
#include "store/repositories/turns.h"
#include "store/store.h"

namespace kiln::store {

class Repositories {
 public:
  Repositories(Store& store, const Clock& clock, std::filesystem::path directory);

  // Clears what a crash left, and settles every repository. Before anything else.
  Status start();

  // `wanted` says name, scope and what else is known; id and times are given here. kAlreadyExists.
  Result<Repository> create(Repository wanted);
  Result<std::optional<Repository>> find(const Scope& scope, const std::string& name) const;
  // The repositories of this name in all regions of the account.
  Result<std::vector<Repository>> findInAllRegions(const std::string& account,
                                                   const std::string& name) const;
  // Record, notes and git data. The id; nullopt when there is none of this name.
  Result<std::optional<std::string>> remove(const Scope& scope, const std::string& name);
  // Changes the record, in a commit; lastModified is set when `change` answers true. kNotFound; kAlreadyExists for a new name that is taken.
  Result<Repository> change(const Scope& scope, const std::string& name,
                            const std::function<Result<bool>(Repository&)>& change);

  std::filesystem::path pathOf(const Repository& repository) const {
    return directory_.pathOf(repository.id);
  }

  // Packs the git data together, in a while, if pushes have left too many packs.
  void tidyLater(const Repository& repository) { tidier_.add(pathOf(repository)); }

  // Waits until nobody else changes this repository's references. kNotFound when it was removed meanwhile.
  Result<Turns::Turn> take(const Repository& repository);
  // Notes and tells what changed; to be called while its turn is held. `callerArn` is who changed it.
  Status settle(const Repository& repository, const std::string& callerArn);

 private:
  Result<std::optional<Repository>> load(const IndexPage& page) const;
  Result<References> noted(const ResourceKey& key) const;
  Status followDefaultBranch(const Repository& repository);
  Status record(const Repository& repository, const References& now,
                const std::vector<ReferenceChange>& changes, const std::string& callerArn);
  Status settleAll(const std::vector<Repository>& all);
  Result<std::vector<Repository>> loadAll() const;

  Store& store_;
  const Clock& clock_;
  const RepositoryDirectory directory_;
  Turns turns_;
  Tidier tidier_;
};

}  // namespace kiln::store
