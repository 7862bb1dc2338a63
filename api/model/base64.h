// Base64 (RFC 4648, padded) of blobs and paging tokens. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kiln::api {

std::string toBase64(std::string_view bytes);
// nullopt for text that is not base64.
std::optional<std::string> fromBase64(std::string_view text);

}  // namespace kiln::api
