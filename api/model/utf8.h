// UTF-8: is it, and how much of it is there. Pure functions.
#pragma once

#include <string_view>

namespace kiln::api {

// Without overlong forms, surrogates and what lies beyond U+10FFFF.
bool isUtf8(std::string_view text);

}  // namespace kiln::api
