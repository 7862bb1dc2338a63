// UTF-8: where a character ends, and what is made of bytes that are none. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kiln {

// How many bytes the character at the front has; 0: there is none. Without overlong forms, surrogates and what lies beyond U+10FFFF.
std::size_t characterAt(std::string_view text);

// A byte within a character, not its first.
inline bool continuesCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The text ends within a character that more bytes could complete.
bool endsWithinCharacter(std::string_view text);

// Each byte that belongs to no character becomes U+FFFD; the rest stays as it is.
std::string asUtf8(std::string text);

}  // namespace kiln
