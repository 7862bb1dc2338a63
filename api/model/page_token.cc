#include "api/model/page_token.h"

#include "api/model/base64.h"
#include "controller/core/ids.h"

namespace kiln::api {
namespace {

// The name-based uuid of list and cursor; the length keeps ("ab", "c") and ("a", "bc") apart.
std::string checksum(std::string_view list, std::string_view cursor) {
  return nameUuid(std::to_string(list.size()) + ":" + std::string(list) + std::string(cursor));
}

constexpr std::size_t kChecksumSize = 36;

}  // namespace

std::string toPageToken(std::string_view list, std::string_view cursor) {
  return toBase64(checksum(list, cursor) + std::string(cursor));
}

std::optional<std::string> fromPageToken(std::string_view list, std::string_view token) {
  const auto bytes = fromBase64(token);
  if (!bytes || bytes->size() < kChecksumSize) return std::nullopt;
  std::string cursor = bytes->substr(kChecksumSize);
  if (checksum(list, cursor) != std::string_view(*bytes).substr(0, kChecksumSize))
    return std::nullopt;
  return cursor;
}

}  // namespace kiln::api
