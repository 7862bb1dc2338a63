// Endpoint: where the container engine listens. Values only.
#pragma once

#include <string>

#include "config/settings.h"
#include "controller/core/result.h"

namespace kiln::runtime {

struct Endpoint {
  std::string socketPath;  // a unix socket; empty for TCP
  std::string host;
  int port = 0;

  bool local() const { return !socketPath.empty(); }
  std::string text() const;  // "unix:///var/run/docker.sock", "tcp://host:2375"
};

// unix://PATH, /PATH, tcp://HOST[:PORT] (2375), http://HOST:PORT. kInvalidArgument for anything else, TLS included.
Result<Endpoint> parseEndpoint(const std::string& text);

// The setting, else DOCKER_HOST, else the first of the usual sockets that exists (Docker's, rootless Docker's, Podman's),
// else Docker's, so that the error of the first call names it.
Result<Endpoint> discoverEndpoint(const config::EngineSettings& settings);

// A connected, close-on-exec socket to the endpoint. kUnavailable with the endpoint and the system's words.
Result<int> connectTo(const Endpoint& endpoint, Millis limit);

}  // namespace kiln::runtime
