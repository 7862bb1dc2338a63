#include "runtime/artifacts/zip_format.h"

#include <algorithm>
#include <ctime>
#include <string_view>

#include "controller/core/utf8.h"

namespace kiln::runtime {
namespace {

constexpr std::uint64_t kMost16 = 0xffff;
constexpr std::uint64_t kMost32 = 0xffffffff;
constexpr std::uint16_t kPlainVersion = 20;
constexpr std::uint16_t kZip64Version = 45;
constexpr std::uint16_t kMadeOnUnix = 3 << 8;
constexpr std::uint16_t kUtf8 = 1 << 11;
constexpr std::int64_t kFirstDosTime = 315'532'800;    // 1980-01-01
constexpr std::int64_t kLastDosTime = 4'354'819'198;   // 2107-12-31 23:59:58
constexpr std::int64_t kLastUnixTime = 2'147'483'647;  // of the extra field

class Bytes {
 public:
  Bytes& u16(std::uint64_t value) { return number(value, 2); }
  Bytes& u32(std::uint64_t value) { return number(value, 4); }
  Bytes& u64(std::uint64_t value) { return number(value, 8); }
  Bytes& text(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  Bytes& number(std::uint64_t value, int width) {
    for (int i = 0; i < width; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  std::string bytes_;
};

// The number, or all ones where the zip64 field has it.
std::uint64_t fitted(std::uint64_t value) { return std::min(value, kMost32); }
bool tooLarge(std::uint64_t value) { return value >= kMost32; }

std::uint64_t dosTime(std::int64_t seconds) {
  const std::time_t time = std::clamp(seconds, kFirstDosTime, kLastDosTime);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  const int date = (parts.tm_year - 80) << 9 | (parts.tm_mon + 1) << 5 | parts.tm_mday;
  const int day = parts.tm_hour << 11 | parts.tm_min << 5 | parts.tm_sec / 2;
  return static_cast<std::uint64_t>(date) << 16 | static_cast<std::uint64_t>(day);
}

std::string timeField(std::int64_t seconds) {
  const auto time = std::clamp<std::int64_t>(seconds, 0, kLastUnixTime);
  return Bytes().u16(0x5455).u16(5).text("\x01").u32(static_cast<std::uint64_t>(time)).take();
}

bool sizesNeedZip64(const ZipEntry& entry) {
  return tooLarge(entry.size) || tooLarge(entry.packed);
}

// Names are bytes; only those that are UTF-8 and need it are said to be.
bool isUtf8BeyondAscii(std::string_view name) {
  bool beyond = false;
  while (!name.empty()) {
    const auto length = characterAt(name);
    if (length == 0) return false;
    beyond = beyond || length > 1;
    name.remove_prefix(length);
  }
  return beyond;
}

// What both headers have in common: version needed up to the sizes.
std::string common(const ZipEntry& entry, bool zip64, bool sizesBeyond) {
  return Bytes()
      .u16(zip64 ? kZip64Version : kPlainVersion)
      .u16(isUtf8BeyondAscii(entry.name) ? kUtf8 : 0)
      .u16(entry.deflated ? 8 : 0)
      .u32(dosTime(entry.modified))
      .u32(entry.crc)
      .u32(sizesBeyond ? kMost32 : entry.packed)
      .u32(sizesBeyond ? kMost32 : entry.size)
      .u16(entry.name.size())
      .take();
}

}  // namespace

std::string zipLocalHeader(const ZipEntry& entry) {
  const bool zip64 = sizesNeedZip64(entry);
  std::string extra = timeField(entry.modified);
  if (zip64) extra += Bytes().u16(1).u16(16).u64(entry.size).u64(entry.packed).take();
  return Bytes()
      .u32(0x04034b50)
      .text(common(entry, zip64, zip64))
      .u16(extra.size())
      .text(entry.name)
      .text(extra)
      .take();
}

std::string zipCentralHeader(const ZipEntry& entry) {
  const bool sizes = sizesNeedZip64(entry);
  const bool offset = tooLarge(entry.offset);
  std::string extra = timeField(entry.modified);
  if (sizes || offset) {
    Bytes large;
    if (sizes) large.u64(entry.size).u64(entry.packed);
    if (offset) large.u64(entry.offset);
    const std::string field = large.take();
    extra += Bytes().u16(1).u16(field.size()).text(field).take();
  }
  return Bytes()
      .u32(0x02014b50)
      .u16(kMadeOnUnix | kZip64Version)
      .text(common(entry, sizes || offset, sizes))
      .u16(extra.size())
      .u16(0)  // no comment
      .u16(0)  // the first disk
      .u16(0)  // no text
      .u32(static_cast<std::uint64_t>(entry.mode) << 16)
      .u32(fitted(entry.offset))
      .text(entry.name)
      .text(extra)
      .take();
}

std::string zipEnd(const ZipDirectory& directory) {
  const bool many = directory.entries >= kMost16;
  Bytes end;
  if (many || tooLarge(directory.offset) || tooLarge(directory.size)) {
    end.u32(0x06064b50).u64(44).u16(kMadeOnUnix | kZip64Version).u16(kZip64Version);
    end.u32(0).u32(0).u64(directory.entries).u64(directory.entries);
    end.u64(directory.size).u64(directory.offset);
    end.u32(0x07064b50).u32(0).u64(directory.offset + directory.size).u32(1);
  }
  const std::uint64_t entries = many ? kMost16 : directory.entries;
  end.u32(0x06054b50).u16(0).u16(0).u16(entries).u16(entries);
  end.u32(fitted(directory.size)).u32(fitted(directory.offset)).u16(0);
  return end.take();
}

}  // namespace kiln::runtime
