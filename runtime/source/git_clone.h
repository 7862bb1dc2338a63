// GitClone: fetches a repository and, if asked, its submodules into a GitForest and the .git that belongs to it.
//
// One use, one thread. The host's directory `top` stands for the source's .git; a submodule's is below .git/modules.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "runtime/source/git_directory.h"
#include "runtime/source/git_fetch.h"
#include "runtime/source/git_location.h"
#include "runtime/source/git_modules.h"
#include "runtime/source/git_source.h"
#include "runtime/source/git_tree.h"

namespace kiln::runtime {

class GitClone {
 public:
  GitClone(const SourceSpec& spec, const GitAsk& ask, std::filesystem::path top)
      : spec_(spec), ask_(ask), top_(std::move(top)) {
    forest_.limits = ask.limits;
    forest_.stop = ask.stop;
  }

  std::optional<GitFault> run();

  const std::string& commit() const { return commit_; }
  GitForest takeForest() { return std::move(forest_); }
  // Files that tell a submodule's directory where its repository is: path and content.
  std::vector<std::pair<std::string, std::string>> takeGitFiles() { return std::move(gitFiles_); }

 private:
  // One repository to be fetched, and where it belongs.
  struct Place {
    std::string url;
    std::string version;  // of the source itself
    std::string commit;   // of a submodule
    int depth = 0;
    std::string prefix;     // of its files: empty or ending in a slash
    std::string directory;  // of its .git below the source's: empty or ending in a slash
    int nesting = 0;
  };
  struct Fetched {
    std::string commit;
    std::vector<RemoteRef> refs;
    std::string remoteHead;
    std::vector<std::string> shallow;
  };

  std::optional<GitFault> clone(const Place& place);
  GitResult<Fetched> fetch(const Place& place, const GitLocation& location,
                           GitDirectory& directory);
  std::optional<GitFault> cloneModules(const Place& place, std::size_t part, std::size_t firstEntry,
                                       GitSettings& settings);
  std::optional<GitFault> cloneModule(const Place& parent, const GitModule& module,
                                      const std::string& commit, GitSettings& settings);

  const SourceSpec& spec_;
  const GitAsk& ask_;
  std::filesystem::path top_;
  std::string commit_;
  GitForest forest_;
  std::vector<std::pair<std::string, std::string>> gitFiles_;
};

}  // namespace kiln::runtime
