#include "runtime/docker/endpoint.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

namespace kiln::runtime {
namespace {

constexpr int kPlainPort = 2375;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return value == nullptr ? "" : value;
}

Error notAnEndpoint(const std::string& text, const std::string& why) {
  return {Code::kInvalidArgument, "container engine address \"" + text + "\": " + why +
                                      "; wanted unix:///path/to.sock or tcp://host:port"};
}

Result<Endpoint> parseTcp(const std::string& text, std::string_view rest) {
  rest = rest.substr(0, rest.find('/'));
  Endpoint endpoint;
  endpoint.port = kPlainPort;
  auto colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    auto digits = rest.substr(colon + 1);
    auto [end, wrong] = std::from_chars(digits.begin(), digits.end(), endpoint.port);
    if (wrong != std::errc{} || end != digits.end() || endpoint.port < 1 || endpoint.port > 65535) {
      return notAnEndpoint(text, "the port is not a number from 1 to 65535");
    }
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty()) return notAnEndpoint(text, "there is no host in it");
  endpoint.host = rest;
  return endpoint;
}

Error unreachable(const Endpoint& endpoint, const std::string& why) {
  return {Code::kUnavailable, "container engine at " + endpoint.text() + ": " + why};
}

// Connects with a time limit; the socket is blocking again afterwards.
int connectWithin(int fd, const sockaddr* address, socklen_t size, Millis limit) {
  int flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  int wrong = connect(fd, address, size) == 0 ? 0 : errno;
  if (wrong == EINPROGRESS) {
    pollfd wait{fd, POLLOUT, 0};
    int ready = poll(&wait, 1, static_cast<int>(limit.count()));
    socklen_t length = sizeof wrong;
    if (ready <= 0)
      wrong = ETIMEDOUT;
    else
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &wrong, &length);
  }
  fcntl(fd, F_SETFL, flags);
  return wrong;
}

Result<int> connectUnix(const Endpoint& endpoint, Millis limit) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.socketPath.size() >= sizeof address.sun_path) {
    return unreachable(endpoint, "the path is too long for a socket");
  }
  std::memcpy(address.sun_path, endpoint.socketPath.c_str(), endpoint.socketPath.size() + 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return unreachable(endpoint, std::strerror(errno));
  int wrong = connectWithin(fd, reinterpret_cast<sockaddr*>(&address), sizeof address, limit);
  if (wrong == 0) return fd;
  ::close(fd);
  return unreachable(endpoint, std::strerror(wrong));
}

Result<int> connectTcp(const Endpoint& endpoint, Millis limit) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int wrong =
      getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (wrong != 0) return unreachable(endpoint, gai_strerror(wrong));
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, freeaddrinfo);
  std::string why = "no address";
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    int fd = socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    wrong = connectWithin(fd, each->ai_addr, each->ai_addrlen, limit);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (wrong == 0) return fd;
    ::close(fd);
    why = std::strerror(wrong);
  }
  return unreachable(endpoint, why);
}

}  // namespace

std::string Endpoint::text() const {
  if (local()) return "unix://" + socketPath;
  bool v6 = host.find(':') != std::string::npos;
  return "tcp://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Endpoint> parseEndpoint(const std::string& text) {
  std::string_view rest = text;
  if (rest.starts_with("unix://")) rest.remove_prefix(7);
  if (rest.starts_with('/'))
    return Endpoint{.socketPath = std::string(rest), .host = {}, .port = 0};
  for (std::string_view scheme : {"tcp://", "http://"}) {
    if (rest.starts_with(scheme)) return parseTcp(text, rest.substr(scheme.size()));
  }
  if (rest.starts_with("https://") || rest.starts_with("ssh://")) {
    return notAnEndpoint(text,
                         "TLS and SSH are not spoken here; forward the engine's socket instead "
                         "(ssh -L /tmp/engine.sock:/var/run/docker.sock HOST)");
  }
  return notAnEndpoint(text, "unknown form");
}

Result<Endpoint> discoverEndpoint(const config::EngineSettings& settings) {
  if (!settings.host.empty()) return parseEndpoint(settings.host);
  if (auto host = environment("DOCKER_HOST"); !host.empty()) {
    auto tls = environment("DOCKER_TLS_VERIFY");
    if (!tls.empty() && !host.starts_with("unix:")) {
      return notAnEndpoint(host, "DOCKER_TLS_VERIFY is set and TLS is not spoken here");
    }
    return parseEndpoint(host);
  }
  const std::string usual = "/var/run/docker.sock";
  std::vector<std::string> candidates{usual};
  if (auto runtimeDirectory = environment("XDG_RUNTIME_DIR"); !runtimeDirectory.empty()) {
    candidates.push_back(runtimeDirectory + "/docker.sock");
    candidates.push_back(runtimeDirectory + "/podman/podman.sock");
  }
  candidates.emplace_back("/run/podman/podman.sock");
  std::error_code ignored;
  for (const auto& path : candidates) {
    if (std::filesystem::is_socket(path, ignored)) return parseEndpoint(path);
  }
  return parseEndpoint(usual);
}

Result<int> connectTo(const Endpoint& endpoint, Millis limit) {
  return endpoint.local() ? connectUnix(endpoint, limit) : connectTcp(endpoint, limit);
}

}  // namespace kiln::runtime
