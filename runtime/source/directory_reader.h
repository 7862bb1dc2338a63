// DirectoryReader: a directory of the host that this program has filled itself (a .git), in order of name. Files and directories only.
//
// One thread. Failure: the file system's.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "runtime/source/tree_reader.h"

namespace kiln::runtime {

class DirectoryReader final : public TreeReader {
 public:
  // Names begin with `prefix`; every entry was changed at `modified` (Unix seconds).
  DirectoryReader(std::filesystem::path root, std::string prefix, std::int64_t modified);

  Result<std::optional<TreeEntry>> next() override;
  Result<std::string_view> data() override;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  Status list();

  std::filesystem::path root_;
  std::string prefix_;
  std::int64_t modified_;
  std::vector<std::filesystem::path> paths_;  // below the root
  std::size_t next_ = 0;
  bool listed_ = false;
  std::unique_ptr<std::FILE, Close> file_;
  std::string buffer_;
};

}  // namespace kiln::runtime
