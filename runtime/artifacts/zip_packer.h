// ZipPacker: packs a tree's entries into a spool, in the order in which they come. Made for ZipImage::make, used once, by one thread.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "runtime/artifacts/deflaters.h"
#include "runtime/artifacts/zip_image.h"

namespace kiln::runtime {

class ZipPacker {
 public:
  ZipPacker(Spool& spool, const ZipMaking& making);

  // What is in the spool now, in the order in which it came.
  Result<std::vector<ZipEntry>> pack(TreeReader& tree);

 private:
  Status add(TreeReader& tree, TreeEntry entry);
  Status addFile(TreeReader& tree, const TreeEntry& entry);
  Status submit(std::string block, Deflaters::Place place);
  Status settleDownTo(std::size_t pending);
  Status resolveHardLinks();

  Spool& spool_;
  const ZipMaking& making_;
  std::vector<ZipEntry> entries_;
  std::vector<std::pair<std::string, std::string>> hardLinks_;  // their names and their targets'
  std::deque<std::size_t> owners_;  // which entry each pending block belongs to
  std::uint64_t taken_ = 0;         // bytes of files
  Deflaters deflaters_;
};

}  // namespace kiln::runtime
