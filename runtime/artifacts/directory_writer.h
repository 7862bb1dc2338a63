// DirectoryWriter: writes an untrusted tree's entries below a directory of this host, and never outside it.
//
// Every step goes from an open directory to the next and follows no link. A file or link is made under a temporary name and then
// renamed, so that what was there before stays whole until then; a directory's own permissions are set last, by finish().
// One use, one thread. A failure is a sentence that names the file and the system's reason; an Error is the tree's own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/result.h"
#include "runtime/source/tree_reader.h"

namespace kiln::runtime {

// What is wrong with the place that is written to; nullopt: nothing.
using PlaceFault = std::optional<std::string>;

class DirectoryWriter {
 public:
  // `below`: one name, of a directory in `root` that is written to instead, and that is no link. Empty: none.
  DirectoryWriter(std::filesystem::path root, std::string below)
      : root_(std::move(root)), below_(std::move(below)) {}
  ~DirectoryWriter();
  DirectoryWriter(const DirectoryWriter&) = delete;
  DirectoryWriter& operator=(const DirectoryWriter&) = delete;

  // Makes the directory, and those above it, where they are missing.
  PlaceFault open();
  // The entry that `reader` has just given; its bytes are read from there.
  Result<PlaceFault> put(const TreeEntry& entry, TreeReader& reader);
  PlaceFault finish();

 private:
  struct Made {
    std::string name;
    int mode = 0;
    std::int64_t modified = 0;
  };

  PlaceFault enterBelow();
  // Opens the directory that holds `name`, made where it is missing, as parent_.
  PlaceFault enterParentOf(const std::string& name);
  PlaceFault putDirectory(const TreeEntry& entry, const std::string& name);
  Result<PlaceFault> putFile(const TreeEntry& entry, const std::string& name, TreeReader& reader);
  PlaceFault putSymlink(const TreeEntry& entry, const std::string& name);
  PlaceFault putHardlink(const TreeEntry& entry, const std::string& name);
  PlaceFault moveInPlace(const std::string& temporary, const std::string& name);
  std::string fault(const std::string& attempted, const std::string& name) const;

  const std::filesystem::path root_;
  const std::string below_;
  int rootDirectory_ = -1;
  int parent_ = -1;
  std::optional<std::string> parentName_;  // of parent_, below the root
  std::vector<Made> made_;
};

}  // namespace kiln::runtime
