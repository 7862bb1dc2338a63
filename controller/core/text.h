// Small things done to text everywhere. ASCII only, whatever the locale. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kiln {

std::string lowered(std::string_view text);

// Without the `blanks` at both ends.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n");

// Two lower-case hexadecimal digits a byte.
std::string toHex(std::string_view bytes);
// The opposite; nullopt for text that is not of the form.
std::optional<std::string> fromHex(std::string_view text);

}  // namespace kiln
