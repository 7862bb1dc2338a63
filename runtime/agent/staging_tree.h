// StagingTree: the files of one artifact under a directory of their own, as hard links to what the build made, or copies where a link
// cannot be. Modes, owners and times are those of the originals. What a process that outlives its command writes to a linked file later
// shows here too; a finished build has none.
//
// No file is in the tree twice under one inode, so that an archive of it holds no hard links. Nothing outside the directory is changed.
// Owner: the collecting process. Failure is a Status that names the file.
#pragma once

#include <sys/types.h>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "runtime/agent/system.h"

namespace kiln::agent {

class StagingTree {
 public:
  explicit StagingTree(std::string directory) : directory_(std::move(directory)) {}

  // Empty, whatever was there before.
  Status make();

  // `source` as `path`, relative and without `..`; directories are made. False: it is there no longer.
  Result<bool> addFile(const std::string& source, const std::string& path);
  Result<bool> addLink(const std::string& source, const std::string& path);

  std::size_t files() const { return files_; }

 private:
  Status makeParents(std::string_view path);

  std::string directory_;
  std::string lastParent_;
  std::unordered_set<std::string> made_;
  std::set<std::pair<dev_t, ino_t>> linked_;
  std::size_t files_ = 0;
};

}  // namespace kiln::agent
