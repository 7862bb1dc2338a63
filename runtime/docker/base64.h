// Base64 as the engine uses it: standard alphabet in, standard or URL alphabet out, padded. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kiln::runtime {

enum class Base64 { kStandard, kUrl };

std::string encodeBase64(std::string_view bytes, Base64 alphabet);
// Either alphabet; nullopt for anything else.
std::optional<std::string> decodeBase64(std::string_view text);

}  // namespace kiln::runtime
