// Small things done to text everywhere. ASCII only, whatever the locale. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace kiln {

std::string lowered(std::string_view text);

// Without the `blanks` at both ends.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n");

// Two lower-case hexadecimal digits a byte.
std::string toHex(std::string_view bytes);

}  // namespace kiln
