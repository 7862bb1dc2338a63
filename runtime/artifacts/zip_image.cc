#include "runtime/artifacts/zip_image.h"

#include <algorithm>
#include <utility>

#include "runtime/artifacts/zip_packer.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

}  // namespace

Result<ZipImage> ZipImage::make(TreeReader& tree, const ZipMaking& making) {
  auto spool = Spool::make(making.directory);
  if (!spool.ok()) return spool.error();
  auto entries = ZipPacker(*spool, making).pack(tree);
  if (!entries.ok()) return entries.error();
  return ZipImage(*std::move(spool), *std::move(entries));
}

ZipImage::ZipImage(Spool spool, std::vector<ZipEntry> entries)
    : spool_(std::move(spool)), entries_(std::move(entries)) {
  std::sort(entries_.begin(), entries_.end(),
            [](const ZipEntry& a, const ZipEntry& b) { return a.name < b.name; });
  std::uint64_t offset = 0;
  for (ZipEntry& entry : entries_) {
    entry.offset = offset;
    offset += zipLocalHeader(entry).size() + entry.packed;
  }
  directory_ = {.entries = entries_.size(), .offset = offset};
  for (const ZipEntry& entry : entries_) directory_.size += zipCentralHeader(entry).size();
  size_ = offset + directory_.size + zipEnd(directory_).size();
}

std::function<Result<std::string>()> ZipImage::stream() const {
  enum class At { kHeader, kBytes, kDirectory, kEnd };
  return [this, at = At::kHeader, index = std::size_t{0},
          done = std::uint64_t{0}]() mutable -> Result<std::string> {
    std::string piece;
    while (piece.size() < kPiece && at != At::kEnd) {
      if (at == At::kHeader && index < entries_.size()) {
        piece += zipLocalHeader(entries_[index]);
        done = 0;
        at = At::kBytes;
      } else if (at == At::kBytes) {
        const ZipEntry& entry = entries_[index];
        const auto length = std::min<std::uint64_t>(entry.packed - done, kPiece);
        if (auto read = spool_.read(entry.spooledAt + done, length, piece); !read)
          return read.error();
        done += length;
        if (done == entry.packed) {
          at = At::kHeader;
          ++index;
        }
      } else if (at == At::kHeader) {
        at = At::kDirectory;
        index = 0;
      } else if (index < entries_.size()) {
        piece += zipCentralHeader(entries_[index++]);
      } else {
        piece += zipEnd(directory_);
        at = At::kEnd;
      }
    }
    return piece;
  };
}

}  // namespace kiln::runtime
