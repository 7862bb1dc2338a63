// The checks of a YAML text that come before its parsing: go-yaml's reader refuses bytes that yaml-cpp lets through.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/buildspec/buildspec.h"

namespace kiln::runtime {

// Malformed UTF-8 and control characters, in go-yaml's words.
std::optional<BuildspecError> checkYamlText(std::string_view text);

// The text without a UTF-8 byte order mark.
std::string_view withoutByteOrderMark(std::string_view text);

// The text as a message may quote it: on one line, and not longer than a reader would read.
std::string quotable(std::string_view text);

}  // namespace kiln::runtime
