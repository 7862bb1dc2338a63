// TreeWalk: everything in a tree that a pattern matches, in one pass that goes nowhere the pattern cannot follow.
//
// Directories are read in bytewise order. Symbolic links are followed, but those the visitor keeps: they are leaves to wildcards, and a
// pattern goes through one only by its name. A directory that lies within itself by a link is told as kCircle and not entered, one that lies
// behind too many links as kBehindLinks: directories that link to each other have more paths than anybody wants. Wildcards do not enter
// what the kernel and the agent show at the root of the file system.
// Blocks on the disk. Failure: a directory that cannot be read, but for one that is no longer there.
#pragma once

#include <sys/types.h>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/agent/glob.h"
#include "runtime/agent/system.h"

namespace kiln::agent {

enum class EntryKind {
  kFile,
  kDirectory,
  kKeptLink,
  kSpecial,
  kLeadsNowhere,
  kCircle,
  kBehindLinks
};

class TreeWalk {
 public:
  struct Visitor {
    // `path` as the pattern has it: from the start directory, or absolute.
    std::function<void(const std::string& path, EntryKind kind)> found;
    std::function<bool(const std::string& path)> keepsLink;
  };

  // `start` is absolute: where relative patterns begin.
  TreeWalk(std::string start, const GlobPattern& pattern, const Visitor& visitor)
      : start_(std::move(start)), pattern_(pattern), visitor_(visitor) {}

  Status run();

 private:
  struct Name {
    std::string text;
    unsigned char type = 0;  // DT_…
  };
  using Identity = std::pair<dev_t, ino_t>;

  // `prefix` is "" or a path that ends with a slash.
  void walk(const std::string& prefix, const GlobPattern::Positions& positions);
  void walkAll(const std::string& prefix, const std::vector<Name>& names,
               const GlobPattern::Positions& positions);
  void visit(const std::string& path, EntryKind kind, const GlobPattern::Positions& positions);
  void follow(const std::string& path, const GlobPattern::Positions& positions);
  std::vector<Name> namesIn(const std::string& prefix, Identity& identity);
  EntryKind kindOf(const std::string& path, unsigned char type) const;
  std::string placeOf(const std::string& path) const;

  std::string start_;
  const GlobPattern& pattern_;
  const Visitor& visitor_;
  std::vector<Identity> within_;  // the directories that are being walked, outermost first
  int links_ = 0;                 // of directories among those
  Status failure_ = okStatus();
};

}  // namespace kiln::agent
