#include "api/model/json_access.h"

#include <nlohmann/json.hpp>

namespace kiln::api {

using nlohmann::json;

std::string textOf(const json& object, const char* name) {
  return object.value(name, std::string());
}

bool flagOf(const json& object, const char* name) { return object.value(name, false); }

const json& structOf(const json& object, const char* name) {
  static const json kEmpty = json::object();
  auto found = object.find(name);
  return found == object.end() ? kEmpty : *found;
}

const json& listOf(const json& object, const char* name) {
  static const json kEmpty = json::array();
  auto found = object.find(name);
  return found == object.end() ? kEmpty : *found;
}

void setDefault(json& object, const char* name, json value) {
  if (!object.contains(name)) object[name] = std::move(value);
}

}  // namespace kiln::api
