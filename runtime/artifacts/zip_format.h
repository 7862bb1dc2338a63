// The records of a zip archive (PKWARE's APPNOTE 6.3): what stands before each entry's bytes and, once more, at the end.
//
// Zip64 where a number does not fit, and only there; permissions and symbolic links as on Unix; times to the second and in UTC, so that
// the same tree gives the same bytes everywhere. Pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace kiln::runtime {

struct ZipEntry {
  std::string name;
  std::uint32_t mode = 0100644;  // type and permissions
  std::int64_t modified = 0;     // Unix seconds
  bool deflated = false;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0;  // bytes in the archive
  std::uint64_t size = 0;
  std::uint64_t spooledAt = 0;  // where its bytes wait
  std::uint64_t offset = 0;     // of its first record in the archive
};

std::string zipLocalHeader(const ZipEntry& entry);
std::string zipCentralHeader(const ZipEntry& entry);

struct ZipDirectory {
  std::uint64_t entries = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

std::string zipEnd(const ZipDirectory& directory);

}  // namespace kiln::runtime
