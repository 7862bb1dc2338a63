#include "runtime/buildspec/yaml_text.h"

#include <cstdint>
#include <string>

namespace kiln::runtime {
namespace {

// Bytes in the sequence that `lead` begins; 0 if none can.
int sequenceLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool printable(std::uint32_t c) {
  return c == 0x09 || c == 0x0A || c == 0x0D || (c >= 0x20 && c <= 0x7E) || c == 0x85 ||
         (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD && c != 0xFEFF) ||
         (c >= 0x10000 && c <= 0x10FFFF);
}

// What is wrong with the character at the front of `text`, and its length; "" if nothing.
std::string_view fault(std::string_view text, int* length) {
  const auto lead = static_cast<unsigned char>(text.front());
  *length = sequenceLength(lead);
  if (*length == 0) return "invalid leading UTF-8 octet";
  if (text.size() < static_cast<std::size_t>(*length)) return "incomplete UTF-8 octet sequence";
  static constexpr unsigned kLeadBits[] = {0x7F, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t character = lead & kLeadBits[*length];
  for (int i = 1; i < *length; ++i) {
    const auto octet = static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
    if ((octet & 0xC0) != 0x80) return "invalid trailing UTF-8 octet";
    character = character << 6 | (octet & 0x3F);
  }
  if ((*length == 3 && character < 0x800) || (*length == 4 && character < 0x10000)) {
    return "invalid length of a UTF-8 sequence";
  }
  if ((character >= 0xD800 && character <= 0xDFFF) || character > 0x10FFFF) {
    return "invalid Unicode character";
  }
  return printable(character) ? "" : "control characters are not allowed";
}

}  // namespace

std::optional<BuildspecError> checkYamlText(std::string_view text) {
  int line = 0;
  while (!text.empty()) {
    int length = 1;
    const std::string_view wrong = fault(text, &length);
    if (!wrong.empty()) {
      return BuildspecError{std::string(wrong) + " at line " + std::to_string(line)};
    }
    if (text.front() == '\n') ++line;
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return std::nullopt;
}

std::string_view withoutByteOrderMark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

std::string quotable(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  std::string quoted(text.substr(0, kLongest));
  for (char& c : quoted) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  if (text.size() > kLongest) quoted += "...";
  return quoted;
}

}  // namespace kiln::runtime
