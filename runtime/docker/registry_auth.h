// Credentials for a registry out of the Docker client's configuration ($DOCKER_CONFIG or ~/.docker/config.json, `auths`). Read
// anew at each pull, so that a `docker login` is seen. What it answers is a secret: never logged, never in an error.
#pragma once

#include <string>
#include <string_view>

namespace kiln::runtime {

// The value of the X-Registry-Auth header; empty when there are no credentials for it.
std::string registryAuth(const std::string& registry);

// The same out of the configuration's text.
std::string registryAuthFrom(std::string_view configJson, const std::string& registry);

}  // namespace kiln::runtime
