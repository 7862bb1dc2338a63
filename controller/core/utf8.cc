#include "controller/core/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace kiln {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// How many bytes at the front are ASCII.
std::size_t asciiPrefix(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if ((eight & 0x8080808080808080U) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

// How many bytes at the front are whole characters.
std::size_t validPrefix(std::string_view text) {
  std::size_t at = asciiPrefix(text);
  while (at < text.size()) {
    const auto length = characterAt(text.substr(at));
    if (length == 0) break;
    at += length;
    at += asciiPrefix(text.substr(at));
  }
  return at;
}

std::size_t lengthByFirst(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
}

}  // namespace

std::size_t characterAt(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  const auto length = lengthByFirst(first);
  if (length <= 1) return length;
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!continuesCharacter(text[i])) return 0;
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool beyond = (first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F);
  return overlong || beyond ? 0 : length;
}

bool endsWithinCharacter(std::string_view text) {
  std::size_t back = 1;
  while (back < 4 && back < text.size() && continuesCharacter(text[text.size() - back])) ++back;
  if (text.empty()) return false;
  return lengthByFirst(static_cast<unsigned char>(text[text.size() - back])) > back;
}

std::string asUtf8(std::string text) {
  std::size_t at = validPrefix(text);
  if (at == text.size()) return text;
  std::string out = text.substr(0, at);
  std::string_view rest = std::string_view(text).substr(at);
  while (!rest.empty()) {
    out += kReplacement;
    rest.remove_prefix(1);
    const auto valid = validPrefix(rest);
    out += rest.substr(0, valid);
    rest.remove_prefix(valid);
  }
  return out;
}

}  // namespace kiln
