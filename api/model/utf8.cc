#include "api/model/utf8.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace kiln::api {
namespace {

// Bytes of the character that begins with `lead`; 0 when none does.
std::size_t lengthOf(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

}  // namespace

bool isUtf8(std::string_view text) {
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lengthOf(lead);
    if (length == 0 || length > text.size() - at) return false;
    std::uint32_t point = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (std::size_t more = 1; more < length; ++more) {
      const auto byte = static_cast<unsigned char>(text[at + more]);
      if ((byte & 0xc0U) != 0x80U) return false;
      point = (point << 6U) | (byte & 0x3fU);
    }
    const bool surrogate = point >= 0xd800 && point < 0xe000;
    if (point < kLeast[length] || surrogate || point > 0x10ffff) return false;
    at += length;
  }
  return true;
}

}  // namespace kiln::api
