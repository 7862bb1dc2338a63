// ArtifactCollector: finds the files of one artifact and stages them (facts §1.7, §1.10), telling the log what it does (facts §4.2).
//
// Files come in bytewise order of their paths in the artifact. Of two with the same path there, the one that was found later counts:
// base directories in order, then the patterns as they are written. What lies outside its base directory is put under its path without
// the way up to it. What is no file (a fifo, a device, a link that leads nowhere or into itself) is told and left out.
// Owner: the collecting process. Failure: the message is that of the phase's context (facts §2.4).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/agent/protocol.h"
#include "runtime/agent/staging_tree.h"
#include "runtime/agent/tree_walk.h"

namespace kiln::agent {

class ArtifactCollector {
 public:
  using Log = std::function<void(const std::string& line)>;

  // `beginning`: where relative base directories begin.
  ArtifactCollector(std::string beginning, Log log)
      : beginning_(std::move(beginning)), log_(std::move(log)) {}

  // The number of files that are now in `directory`, which is made anew.
  Result<std::size_t> collect(const ArtifactToCollect& artifact, const std::string& directory);

 private:
  struct Found {
    std::string path;  // in the artifact
    std::string source;
    bool link = false;
  };

  Result<std::vector<std::string>> baseDirectories(const std::string& pattern);
  Status findBelow(const std::string& base, const ArtifactToCollect& artifact,
                   const std::vector<GlobPattern>& excluded);
  void take(const std::string& base, const std::string& path, EntryKind kind,
            const std::vector<GlobPattern>& excluded);
  Result<std::size_t> stage(const std::string& directory);
  Error noPaths() const;
  std::string absolute(const std::string& path, const std::string& start) const;

  std::string beginning_;
  Log log_;
  std::string whose_;  // of a secondary artifact, for messages
  std::vector<Found> found_;
  std::size_t leftOut_ = 0;  // of what the patterns match
};

// `path` without `.`, empty and resolved `..` components; a relative one may begin with `..`.
std::string lexicallyNormal(std::string_view path);

}  // namespace kiln::agent
