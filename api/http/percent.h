// Percent-encoding of paths and queries (RFC 3986). Pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace kiln::api {

// `%41` becomes A; a percent sign that two hexadecimal digits do not follow stays as it is.
std::string percentDecoded(std::string_view text);

// `a=1&b=x+y`: names and values decoded, + a space, the last of equal names wins.
std::map<std::string, std::string, std::less<>> parseQuery(std::string_view query);

}  // namespace kiln::api
