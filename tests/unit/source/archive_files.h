// Archives of every kind for the tests, good and hostile, byte by byte where no tool would make them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kiln::runtime {

struct MadeEntry {
  std::string name;
  char type = '0';  // tar's: 0 file, 1 hard link, 2 symbolic link, 3/4 device, 5 directory, 6 pipe
  std::string content = {};  // of a file; of a link: the target
  int mode = 0644;
  std::int64_t modified = 1'600'000'000;
  std::int64_t claims = -1;  // the size in the header; -1: the true one
};

// A ustar without any check of what is in it.
std::string makeTar(const std::vector<MadeEntry>& entries, bool ended = true);

// A stored (not packed) zip; type '2' makes a symbolic link, '5' a directory.
std::string makeZip(const std::vector<MadeEntry>& entries);
// The same with a flag bit set in every header: bit 0 says encrypted.
std::string makeEncryptedZip(const std::string& name, const std::string& content);

std::string gzipped(const std::string& bytes);

}  // namespace kiln::runtime
