#include "api/http/request.h"

namespace kiln::api {
namespace {

template <typename Map>
std::string_view valueOf(const Map& map, std::string_view name) {
  auto at = map.find(name);
  return at == map.end() ? std::string_view() : std::string_view(at->second);
}

}  // namespace

std::string_view Request::header(std::string_view lowerCaseName) const {
  return valueOf(headers, lowerCaseName);
}

std::string_view Request::parameter(std::string_view name) const { return valueOf(query, name); }

}  // namespace kiln::api
