// Paging tokens: a cursor of the store as an opaque text for `nextToken` (facts §5.4). Pure functions.
//
// A token is bound to the list it came from (operation, scope and what was asked), so that it cannot be used on another one,
// and carries a checksum. It guards against mistakes, not against an attacker: a cursor is no secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kiln::api {

std::string toPageToken(std::string_view list, std::string_view cursor);

// nullopt when `token` was not made by toPageToken for this list: the caller answers InvalidInputException.
std::optional<std::string> fromPageToken(std::string_view list, std::string_view token);

}  // namespace kiln::api
