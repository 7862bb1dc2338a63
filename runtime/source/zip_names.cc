#include "runtime/source/zip_names.h"

#include <cstdint>
#include <fstream>
#include <string_view>

namespace kiln::runtime {
namespace {

constexpr std::int64_t kEndSize = 22;
constexpr std::int64_t kEnd64LocatorSize = 20;
constexpr std::int64_t kLongestComment = 65535;
constexpr std::size_t kHeaderSize = 46;

std::uint64_t little(std::string_view bytes, std::size_t at, int count) {
  std::uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

class ZipFile {
 public:
  explicit ZipFile(const std::filesystem::path& path)
      : in_(path, std::ios::binary | std::ios::ate),
        size_(static_cast<std::int64_t>(in_.tellg())) {}

  std::int64_t size() const { return size_; }
  // Shorter than asked for at the file's end; empty before its beginning.
  std::string read(std::int64_t offset, std::int64_t length) {
    if (offset < 0 || offset >= size_ || length <= 0) return {};
    std::string bytes(static_cast<std::size_t>(std::min(length, size_ - offset)), '\0');
    in_.clear();
    in_.seekg(offset);
    in_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in_.gcount()));
    return bytes;
  }

 private:
  std::ifstream in_;
  std::int64_t size_;
};

// Where the directory begins; nullopt without one.
std::optional<std::int64_t> directoryOf(ZipFile& file) {
  const auto tailAt = std::max<std::int64_t>(0, file.size() - kEndSize - kLongestComment);
  const auto tail = file.read(tailAt, file.size());
  const auto end = tail.rfind("PK\x05\x06");
  if (end == std::string::npos || tail.size() - end < static_cast<std::size_t>(kEndSize))
    return std::nullopt;
  const auto endAt = tailAt + static_cast<std::int64_t>(end);
  const auto locator = file.read(endAt - kEnd64LocatorSize, kEnd64LocatorSize);
  if (locator.starts_with("PK\x06\x07")) {
    const auto end64 = file.read(static_cast<std::int64_t>(little(locator, 8, 8)), 56);
    if (end64.size() == 56 && end64.starts_with("PK\x06\x06"))
      return static_cast<std::int64_t>(little(end64, 48, 8));
  }
  // From its size, as libarchive does: the offset is wrong when something stands before the zip.
  return endAt - static_cast<std::int64_t>(little(tail, end + 12, 4));
}

}  // namespace

std::optional<std::string> zipNameWithNul(const std::filesystem::path& path) {
  ZipFile file(path);
  auto at = directoryOf(file);
  if (!at) return std::nullopt;
  for (;;) {
    const auto header = file.read(*at, kHeaderSize);
    if (header.size() < kHeaderSize || !header.starts_with("PK\x01\x02")) return std::nullopt;
    const auto nameSize = static_cast<std::int64_t>(little(header, 28, 2));
    auto name = file.read(*at + static_cast<std::int64_t>(kHeaderSize), nameSize);
    if (name.find('\0') != std::string::npos) return name;
    *at += static_cast<std::int64_t>(kHeaderSize + little(header, 30, 2) + little(header, 32, 2)) +
           nameSize;
  }
}

}  // namespace kiln::runtime
