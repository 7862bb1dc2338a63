#include "runtime/docker/registry_auth.h"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "runtime/docker/base64.h"

namespace kiln::runtime {
namespace {

using nlohmann::json;

std::string configPath() {
  if (const char* folder = std::getenv("DOCKER_CONFIG"))
    return std::string(folder) + "/config.json";  // NOLINT
  if (const char* home = std::getenv("HOME"))
    return std::string(home) + "/.docker/config.json";  // NOLINT
  return {};
}

std::string memberText(const json& object, const char* member) {
  auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> keysOf(const std::string& registry) {
  if (registry == "docker.io")
    return {"https://index.docker.io/v1/", "docker.io", "index.docker.io"};
  return {registry, "https://" + registry, "https://" + registry + "/",
          "https://" + registry + "/v2/", "https://" + registry + "/v1/"};
}

std::string headerFrom(const json& entry, const std::string& serverAddress) {
  json login = {{"serveraddress", serverAddress}};
  if (auto token = memberText(entry, "identitytoken"); !token.empty()) {
    login["identitytoken"] = token;
  } else {
    auto user = memberText(entry, "username");
    auto password = memberText(entry, "password");
    auto pair = decodeBase64(memberText(entry, "auth")).value_or("");
    if (auto colon = pair.find(':'); colon != std::string::npos) {
      user = pair.substr(0, colon);
      password = pair.substr(colon + 1);
    }
    while (password.ends_with('\0')) password.pop_back();
    if (user.empty()) return {};
    login["username"] = user;
    login["password"] = password;
  }
  return encodeBase64(login.dump(-1, ' ', false, json::error_handler_t::replace), Base64::kUrl);
}

}  // namespace

std::string registryAuthFrom(std::string_view configJson, const std::string& registry) {
  auto config = json::parse(configJson, nullptr, /*allow_exceptions=*/false);
  if (!config.is_object()) return {};
  auto auths = config.find("auths");
  if (auths == config.end() || !auths->is_object()) return {};
  for (const auto& key : keysOf(registry)) {
    auto entry = auths->find(key);
    if (entry != auths->end() && entry->is_object()) return headerFrom(*entry, key);
  }
  return {};
}

std::string registryAuth(const std::string& registry) {
  std::ifstream in(configPath());
  std::ostringstream config;
  config << in.rdbuf();
  return registryAuthFrom(config.str(), registry);
}

}  // namespace kiln::runtime
