#include "store/objects/names.h"

#include <algorithm>
#include <cstdio>

#include "controller/core/ids.h"
#include "store/objects/object_types.h"

namespace kiln::store::names {
namespace {

constexpr char kZero = '\x00';
constexpr char kZeroFollows = '\xff';
constexpr char kEndFollows = '\x01';
constexpr std::size_t kSequenceBytes = 8;

std::string withKey(char table, std::string_view key) {
  std::string row = bound(table, key);
  row.push_back(kZero);
  row.push_back(kEndFollows);
  return row;
}

std::string hex(std::uint64_t number) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
  return digits;
}

// 32 random hex digits, but for two of them.
std::string randomHex() {
  auto digits = newUuid();
  std::erase(digits, '-');
  return digits;
}

bool isHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string document(std::string_view name) { return std::string("d").append(name); }
std::string latest(std::string_view key) { return bound(kLatest, key); }
std::string nullVersion(std::string_view key) { return std::string("n").append(key); }
std::string content(std::string_view id) { return std::string("c").append(id); }
std::string versionsOf(std::string_view key) { return withKey(kVersion, key); }
std::string partsOf(std::string_view uploadId) { return std::string("p").append(uploadId); }

std::string version(std::string_view key, std::uint64_t sequence) {
  return versionsOf(key) + encodeSequence(~sequence);
}

std::string upload(std::string_view key, std::string_view id) {
  return withKey(kUpload, key).append(id);
}

std::string part(std::string_view uploadId, int number) {
  auto row = partsOf(uploadId);
  row.push_back(static_cast<char>(number >> 8 & 0xff));
  row.push_back(static_cast<char>(number & 0xff));
  return row;
}

std::string bound(char table, std::string_view key) {
  std::string row(1, table);
  for (char c : key) {
    row.push_back(c);
    if (c == kZero && table != kLatest) row.push_back(kZeroFollows);
  }
  return row;
}

std::optional<Row> parse(std::string_view row) {
  if (row.empty()) return std::nullopt;
  if (row[0] == kLatest) return Row{.key = std::string(row.substr(1)), .rest = {}};
  Row parsed;
  for (std::size_t i = 1; i < row.size(); ++i) {
    parsed.key.push_back(row[i]);
    if (row[i] != kZero) continue;
    if (++i == row.size()) return std::nullopt;
    if (row[i] == kZeroFollows) continue;
    if (row[i] != kEndFollows) return std::nullopt;
    parsed.key.pop_back();
    parsed.rest = row.substr(i + 1);
    return parsed;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parseSequence(std::string_view rest) {
  if (rest.size() != kSequenceBytes) return std::nullopt;
  return ~decodeSequence(rest);
}

int parsePart(std::string_view row) {
  const auto high = static_cast<unsigned char>(row[row.size() - 2]);
  const auto low = static_cast<unsigned char>(row[row.size() - 1]);
  return high << 8 | low;
}

std::string encodeSequence(std::uint64_t sequence) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(sequence >> shift & 0xff));
  }
  return bytes;
}

std::uint64_t decodeSequence(std::string_view bytes) {
  std::uint64_t sequence = 0;
  for (char c : bytes.substr(0, kSequenceBytes)) {
    sequence = sequence << 8 | static_cast<unsigned char>(c);
  }
  return sequence;
}

std::string newVersionId(std::uint64_t sequence) { return hex(sequence) + randomHex().substr(16); }

std::optional<std::uint64_t> sequenceOf(std::string_view versionId) {
  if (versionId.size() != 32 || !isHex(versionId)) return std::nullopt;
  std::uint64_t sequence = 0;
  for (char c : versionId.substr(0, 16)) {
    sequence = sequence << 4 | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return sequence;
}

std::string newUploadId(TimePoint now) {
  return hex(static_cast<std::uint64_t>(toUnixMicros(now))) + randomHex();
}

std::optional<std::string> after(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

}  // namespace kiln::store::names

namespace kiln::store {

bool isVersionId(std::string_view text) {
  return text == kNullVersion || names::sequenceOf(text).has_value();
}

}  // namespace kiln::store
