#include "tests/unit/source/archive_files.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/unit/source/source_world.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kTarBlock = 512;

void putOctal(std::string& header, std::size_t at, std::size_t width, std::int64_t value) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%0*llo", static_cast<int>(width - 1),
                static_cast<unsigned long long>(value));
  header.replace(at, width - 1, digits);
}

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::uint32_t crc32Of(const std::string& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

std::string zipOf(const std::vector<MadeEntry>& entries, int flags) {
  std::string body, directory;
  for (const auto& entry : entries) {
    const auto size =
        entry.claims >= 0 ? static_cast<std::uint64_t>(entry.claims) : entry.content.size();
    const std::string middle = little(static_cast<std::uint64_t>(flags), 2) + little(0, 2) +
                               little(0, 2) + little(0x5021, 2) +
                               little(crc32Of(entry.content), 4) + little(entry.content.size(), 4) +
                               little(size, 4) + little(entry.name.size(), 2) + little(0, 2);
    const std::uint64_t kind = entry.type == '2' ? 0120000 : entry.type == '5' ? 0040000 : 0100000;
    const auto attributes = (kind | static_cast<std::uint64_t>(entry.mode)) << 16;
    directory += "PK\x01\x02" + little(0x31e, 2) + little(20, 2) + middle + little(0, 2) +
                 little(0, 2) + little(0, 2) + little(attributes, 4) + little(body.size(), 4) +
                 entry.name;
    body += "PK\x03\x04" + little(20, 2) + middle + entry.name + entry.content;
  }
  const auto count = entries.size();
  return body + directory + "PK\x05\x06" + little(0, 4) + little(count, 2) + little(count, 2) +
         little(directory.size(), 4) + little(body.size(), 4) + little(0, 2);
}

}  // namespace

std::string makeTar(const std::vector<MadeEntry>& entries, bool ended) {
  std::string tar;
  for (const auto& entry : entries) {
    const bool link = entry.type == '1' || entry.type == '2';
    std::string header(kTarBlock, '\0');
    header.replace(0, entry.name.size(), entry.name);
    putOctal(header, 100, 8, entry.mode);
    putOctal(header, 108, 8, 1000);
    putOctal(header, 116, 8, 1000);
    putOctal(header, 124, 12,
             entry.claims >= 0 ? entry.claims
             : link            ? 0
                               : static_cast<std::int64_t>(entry.content.size()));
    putOctal(header, 136, 12, entry.modified);
    header.replace(148, 8, 8, ' ');
    header[156] = entry.type;
    if (link) header.replace(157, entry.content.size(), entry.content);
    header.replace(257, 8,
                   std::string("ustar\0"
                               "00",
                               8));
    unsigned int sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    putOctal(header, 148, 7, sum);
    tar += header;
    if (!link)
      tar += entry.content +
             std::string((kTarBlock - entry.content.size() % kTarBlock) % kTarBlock, '\0');
  }
  return ended ? tar + std::string(2 * kTarBlock, '\0') : tar;
}

std::string makeZip(const std::vector<MadeEntry>& entries) { return zipOf(entries, 0); }

std::string makeEncryptedZip(const std::string& name, const std::string& content) {
  return zipOf({{.name = name, .content = std::string(12, 'k') + content}}, 1);
}

std::string gzipped(const std::string& bytes) {
  std::string name = (std::filesystem::temp_directory_path() / "kiln-gzip-XXXXXX").string();
  std::filesystem::remove(name);
  const int made = mkstemp(name.data());
  EXPECT_GE(made, 0);
  close(made);
  std::ofstream(name, std::ios::binary) << bytes;
  shell("gzip -f '" + name + "'");
  auto packed = fileText(name + ".gz");
  std::filesystem::remove(name + ".gz");
  return packed;
}

}  // namespace kiln::runtime
