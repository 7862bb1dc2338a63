// One fetch from a git server into a fresh repository's pack: the exchange of git's smart protocol, version 0.
//
// The pack goes into libgit2's indexer as it comes, which checks every object's hash; nothing else of it is on the disk.
// One thread. Failure: GitFault; a pack that is no pack is the server's fault, a full disk the host's.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/source/git_http.h"
#include "runtime/source/git_version.h"

namespace kiln::runtime {

class GitFetch {
 public:
  using Progress = std::function<void(const std::string&)>;

  GitFetch(GitEndpoint endpoint, std::stop_token stop, Progress progress)
      : http_(std::move(endpoint), stop), stop_(std::move(stop)), progress_(std::move(progress)) {}

  GitResult<Advertisement> advertise();

  // Into `packs` (.git/objects/pack). Returns the commits whose parents the server has kept back.
  GitResult<std::vector<std::string>> fetch(const Advertisement& remote, const GitRequest& request,
                                            const std::filesystem::path& packs);

 private:
  GitHttp http_;
  std::stop_token stop_;
  Progress progress_;
};

}  // namespace kiln::runtime
