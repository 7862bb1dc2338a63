#include "runtime/docker/container_terminal.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "runtime/docker/docker_runtime_impl.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kTerminalRead = 64 * 1024;

}  // namespace

Result<std::unique_ptr<ContainerTerminal>> ContainerTerminal::open(
    EngineClient& client, const std::string& container, const std::vector<std::string>& command) {
  const nlohmann::json asked = {{"AttachStdin", true},  {"AttachStdout", true},
                                {"AttachStderr", true}, {"Tty", true},
                                {"User", "0:0"},        {"Cmd", command}};
  auto made = client.call(
      {.method = "POST", .path = "/containers/" + container + "/exec", .body = asked.dump()});
  if (!made.ok()) return made.error();
  if (!made->ok()) return errorFrom(*made, "preparing a terminal in container " + container);
  const auto exec = idFrom(made->body);
  auto raw = client.upgrade("/exec/" + exec + "/start", R"({"Detach":false,"Tty":true})");
  if (!raw.ok()) return raw.error();
  return std::unique_ptr<ContainerTerminal>(new ContainerTerminal(client, exec, std::move(*raw)));
}

Result<std::string> ContainerTerminal::read() {
  if (!rest_.empty()) return std::exchange(rest_, {});
  std::string bytes(kTerminalRead, '\0');
  for (;;) {
    const auto got = ::recv(descriptor(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return Error{Code::kUnavailable,
                   std::string("reading from the container's terminal: ") + std::strerror(errno)};
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
}

Result<std::size_t> ContainerTerminal::write(std::string_view bytes) {
  const auto sent = ::send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EINTR || errno == EAGAIN) return std::size_t{0};
  return Error{Code::kUnavailable,
               std::string("writing to the container's terminal: ") + std::strerror(errno)};
}

Status ContainerTerminal::resize(const TerminalSize& size) {
  auto reply = client_.call({.method = "POST",
                             .path = "/exec/" + exec_ + "/resize?h=" + std::to_string(size.rows) +
                                     "&w=" + std::to_string(size.columns)});
  if (!reply.ok()) return reply.error();
  return reply->ok() ? okStatus() : Status(errorFrom(*reply, "resizing the container's terminal"));
}

Result<std::unique_ptr<ContainerTerminal>> DockerRuntime::openTerminal(
    const BuildId& id, const std::vector<std::string>& command) {
  auto found = impl_->getOurs(id, "opening a terminal");
  if (!found.ok()) return found.error();
  if (found->status.state != ContainerState::kRunning) {
    return Error{Code::kFailedPrecondition,
                 "opening a terminal: container " + found->name + " does not run"};
  }
  return ContainerTerminal::open(impl_->client, found->status.id, command);
}

}  // namespace kiln::runtime
