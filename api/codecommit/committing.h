// What PutFile, DeleteFile and CreateCommit share: the tip of the branch they write to, and the commit they add there.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "api/codecommit/access.h"

namespace kiln::api::codecommit {

// Where a commit goes. `tip` is what the branch holds now; none in a repository without any branch.
struct Target {
  std::string branch;  // full reference name
  std::optional<store::GitCommit> tip;

  std::string tree() const { return tip ? tip->tree : std::string(); }
};

// Checks branchName and parentCommitId of the input against the branch.
Result<Target, ServiceError> getTarget(const Opened& opened, const nlohmann::json& input);

// The entry of `path` at the tip; a folder or submodule is one too.
Result<std::optional<store::GitEntry>, ServiceError> entryAt(const Opened& opened,
                                                             const Target& target,
                                                             const std::string& path);

// May a file be at `path`? `removed` are files that go with the same commit.
Refusal checkPlace(const Opened& opened, const Target& target, const std::string& path,
                   const std::set<std::string>& removed);

struct CommitText {
  std::string name;  // of the author; empty: the caller
  std::string email;
  std::string message;
};

// Writes the commit over the tip and moves the branch to it. ParentCommitIdOutdatedException when the branch moved meanwhile.
Result<store::GitCommit, ServiceError> commitTo(Opened& opened, const Target& target,
                                                const std::string& tree, const CommitText& text,
                                                const CallContext& context, TimePoint now);

}  // namespace kiln::api::codecommit
