#include "runtime/docker/base64.h"

#include <cstdint>

namespace kiln::runtime {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

int valueOf(char c) {
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  auto at = kLetters.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::string encodeBase64(std::string_view bytes, Base64 alphabet) {
  auto letter = [&](std::uint32_t value) {
    if (value < 62) return kLetters[value];
    if (value == 62) return alphabet == Base64::kUrl ? '-' : '+';
    return alphabet == Base64::kUrl ? '_' : '/';
  };
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    auto byte = [&](std::size_t at) {
      return i + at < bytes.size() ? static_cast<unsigned char>(bytes[i + at]) : 0U;
    };
    std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    text += letter(group >> 18 & 63);
    text += letter(group >> 12 & 63);
    text += i + 1 < bytes.size() ? letter(group >> 6 & 63) : '=';
    text += i + 2 < bytes.size() ? letter(group & 63) : '=';
  }
  return text;
}

std::optional<std::string> decodeBase64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (char c : text) {
    int value = valueOf(c);
    if (value < 0) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 255);
  }
  return bytes;
}

}  // namespace kiln::runtime
