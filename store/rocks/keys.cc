#include "store/rocks/keys.h"

#include <algorithm>

namespace kiln::store::keys {
namespace {

constexpr char kMeta = 'm';
constexpr char kResource = 'r';
constexpr char kIndex = 'i';
constexpr char kNote = 'n';
constexpr char kCounter = 'c';
constexpr char kFeed = 'f';
constexpr char kOutbox = 'o';

constexpr char kZero = '\x00';
constexpr char kZeroFollows = '\xff';
constexpr char kEndFollows = '\x01';

void addEscaped(std::string& out, std::string_view part) {
  for (char c : part) {
    out.push_back(c);
    if (c == kZero) out.push_back(kZeroFollows);
  }
}

void addPart(std::string& out, std::string_view part) {
  addEscaped(out, part);
  out.push_back(kZero);
  out.push_back(kEndFollows);
}

void addResource(std::string& out, const ResourceKey& key) {
  addPart(out, key.kind);
  addPart(out, key.scope.account);
  addPart(out, key.scope.region);
  addPart(out, key.name);
}

template <typename Number>
void addNumber(std::string& out, Number number) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((number >> shift) & 0xff));
  }
}

std::optional<std::string> takePart(std::string_view& in) {
  std::string part;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] != kZero) {
      part.push_back(in[i]);
      continue;
    }
    if (++i == in.size()) return std::nullopt;
    if (in[i] == kEndFollows) {
      in.remove_prefix(i + 1);
      return part;
    }
    if (in[i] != kZeroFollows) return std::nullopt;
    part.push_back(kZero);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> numberAfter(char table, std::string_view row) {
  if (row.size() < 9 || row[0] != table) return std::nullopt;
  std::uint64_t number = 0;
  for (char c : row.substr(1, 8)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

}  // namespace

std::string meta(std::string_view name) { return std::string(1, kMeta).append(name); }

std::string resource(const ResourceKey& key) {
  std::string row(1, kResource);
  addResource(row, key);
  return row;
}

std::string notesOf(const ResourceKey& owner) {
  std::string row(1, kNote);
  addResource(row, owner);
  return row;
}

std::string note(const ResourceKey& owner, std::string_view name) {
  return notesOf(owner).append(name);
}

std::pair<std::string, std::string> noteRange(const ResourceKey& owner, const NoteRange& range) {
  const auto first = note(owner, std::max(range.prefix, range.from));
  auto last = after(note(owner, range.prefix));
  if (!range.before.empty()) last = std::min(last, note(owner, range.before));
  return {std::min(first, last), last};
}

std::string counter(const Scope& scope, std::string_view name) {
  std::string row(1, kCounter);
  addPart(row, scope.account);
  addPart(row, scope.region);
  addPart(row, name);
  return row;
}

std::string feed(std::uint64_t version, std::uint32_t ordinal) {
  std::string row(1, kFeed);
  addNumber(row, version);
  addNumber(row, ordinal);
  return row;
}

std::string outbox(std::uint64_t position) {
  std::string row(1, kOutbox);
  addNumber(row, position);
  return row;
}

std::string outboxTable() { return std::string(1, kOutbox); }

std::string indexRow(std::string_view row) { return std::string(1, kIndex).append(row); }

std::string indexPrefix(std::string_view prefix) {
  std::string row(1, kIndex);
  addEscaped(row, prefix);
  return row;
}

std::string indexEntries(std::string_view indexKey) {
  std::string row(1, kIndex);
  addPart(row, indexKey);
  return row;
}

std::string index(std::string_view indexKey, const ResourceKey& key) {
  auto row = indexEntries(indexKey);
  addResource(row, key);
  return row;
}

std::optional<IndexEntry> parseIndex(std::string_view row) {
  if (row.empty() || row[0] != kIndex) return std::nullopt;
  row.remove_prefix(1);
  auto indexKey = takePart(row);
  auto kind = indexKey ? takePart(row) : std::nullopt;
  auto account = kind ? takePart(row) : std::nullopt;
  auto region = account ? takePart(row) : std::nullopt;
  auto name = region ? takePart(row) : std::nullopt;
  if (!name || !row.empty()) return std::nullopt;
  return IndexEntry{*indexKey, {*kind, {*account, *region}, *name}};
}

std::optional<std::uint64_t> parseFeedVersion(std::string_view row) {
  return numberAfter(kFeed, row);
}

std::optional<std::uint64_t> parseOutbox(std::string_view row) { return numberAfter(kOutbox, row); }

std::string after(std::string prefix) {
  while (prefix.back() == '\xff') prefix.pop_back();
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

}  // namespace kiln::store::keys
