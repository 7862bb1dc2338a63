// The names of an untrusted tree: which are sound, and whether what they make together stays inside. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "controller/core/result.h"

namespace kiln::runtime {

enum class EntryKind { kFile, kDirectory, kSymlink, kHardlink };

// What is wrong with a name, as the rest of a sentence that begins with it: "leads out of the source directory".
struct NameFault {
  std::string what;
};

// `name` without `.` and doubled slashes; empty for the root itself. A fault for an absolute name, one with `..`, one too long.
Result<std::string, NameFault> cleanName(std::string_view name);

// Every name of a tree, as it will be once all of its entries are there.
class TreeNames {
 public:
  struct Node {
    EntryKind kind = EntryKind::kFile;
    std::int64_t ordinal = 0;  // of the entry that made it; the last one counts
    std::string target;        // of a link: as written; of a hard link: the clean name
  };

  // A file may come twice (the later counts) and a directory, too; a link may not, and nothing may change its kind.
  std::optional<NameFault> add(const std::string& name, Node node);

  // To be asked when all are there: is each parent a directory, does each link end inside? The fault is a whole sentence.
  std::optional<NameFault> firstFault() const;

  // The file or directory that a path leads to, through links; nullopt when there is none inside.
  // `name` is empty and the kind a directory for the root.
  struct Found {
    std::string name;
    EntryKind kind = EntryKind::kFile;
    std::int64_t ordinal = 0;
  };
  std::optional<Found> find(std::string_view path) const;

  std::size_t size() const { return nodes_.size(); }

 private:
  // The clean name that `path`, seen from directory `from`, leads to; nullopt when it leaves or goes in circles.
  std::optional<std::string> resolve(std::string_view from, std::string_view path) const;
  std::optional<NameFault> faultOf(const std::string& name, const Node& node) const;

  std::unordered_map<std::string, Node> nodes_;
};

}  // namespace kiln::runtime
