// GitDirectory: the .git of a build's repository while it is made on the host: packs, references, HEAD, index, shallow.
//
// It is what `git clone` leaves, HEAD detached at the commit (facts §5.9): the remote's branches as refs/remotes/origin/..., tags,
// no local branch. One thread. Failure: GitFault.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/source/git_handles.h"
#include "runtime/source/pkt_lines.h"

namespace kiln::runtime {

struct GitSettings {
  std::string url;       // of the remote "origin"
  std::string worktree;  // core.worktree; empty for the repository's usual place
  std::vector<std::pair<std::string, std::string>> modules;  // active submodules: name and URL
};

// The history as far as a depth lets it be seen.
struct GitCut {
  std::set<std::string> commits;      // that are seen
  std::vector<std::string> boundary;  // those of them whose parents are left out
};

class GitDirectory {
 public:
  // Makes the empty repository; `path` must not exist.
  static GitResult<GitDirectory> make(const std::filesystem::path& path);

  std::filesystem::path packs() const { return path_ / "objects" / "pack"; }
  const std::filesystem::path& path() const { return path_; }

  // The repository with what has been fetched; opened again after each fetch.
  std::optional<GitFault> open();
  Handle<git_repository> takeRepository() { return std::move(repository_); }

  // The commit that an object id, or a unique prefix of one, stands for; through tags.
  GitResult<std::string> findCommit(const std::string& oid);

  // `depth` generations from `commit`.
  GitResult<GitCut> cutAt(const std::string& commit, int depth);

  // Those of a remote's tags that stand for a commit which has been fetched and, with `cut`, is seen.
  std::vector<RemoteRef> tagsAmong(const std::vector<RemoteRef>& remote, const GitCut* cut);

  std::optional<GitFault> writeConfig(const GitSettings& settings);
  // HEAD, the references, what is shallow, the index of the commit's tree.
  std::optional<GitFault> settle(git_repository& repository, const std::string& commit,
                                 const std::vector<RemoteRef>& refs, const std::string& remoteHead,
                                 const std::vector<std::string>& shallow);

 private:
  explicit GitDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::optional<GitFault> writeReferences(const std::vector<RemoteRef>& refs,
                                          const std::string& remoteHead);
  std::optional<GitFault> writeIndex(git_repository& repository, const std::string& commit);

  std::filesystem::path path_;
  Handle<git_repository> repository_;
};

}  // namespace kiln::runtime
