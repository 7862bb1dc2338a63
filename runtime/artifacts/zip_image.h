// ZipImage: a zip of a staged tree, packed and waiting on the disk, to be read as often as wanted.
//
// Entries stand in the order of their names' bytes and nothing in it depends on when or by whom it was made: the same tree gives the
// same archive. Directories are not in it (facts §1.10). Memory: a few MiB, and a line for each entry.
// Once made it is immutable: any thread. Owner: an upload.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/core/result.h"
#include "runtime/artifacts/spool.h"
#include "runtime/artifacts/zip_format.h"
#include "runtime/source/tree_reader.h"

namespace kiln::runtime {

struct ZipMaking {
  std::filesystem::path directory;  // where it waits
  int threads = 1;                  // that pack
  std::stop_token stop = {};
  std::function<void(std::uint64_t bytes)> packed =
      {};  // called as packing goes on, with the bytes so far
};

class ZipImage {
 public:
  // Failure: the tree's, kResourceExhausted for a full disk, kUnavailable when stopped.
  static Result<ZipImage> make(TreeReader& tree, const ZipMaking& making);

  std::uint64_t size() const { return size_; }

  // The archive from its first byte: the next ones with each call, "" at the end. The image outlives it.
  std::function<Result<std::string>()> stream() const;

 private:
  ZipImage(Spool spool, std::vector<ZipEntry> entries);

  Spool spool_;
  std::vector<ZipEntry> entries_;
  ZipDirectory directory_;
  std::uint64_t size_ = 0;
};

}  // namespace kiln::runtime
