#include "tests/unit/aws/scripted_service.h"

#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>

namespace kiln::runtime {
namespace {

// Reads until `enough` says so; false when the client has gone.
bool readUntil(int socket, std::string& into, const std::function<bool()>& enough) {
  std::array<char, 65536> bytes;
  while (!enough()) {
    auto got = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    into.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

std::string SeenRequest::header(const std::string& name) const {
  std::istringstream lines(head);
  for (std::string text; std::getline(lines, text);) {
    auto colon = text.find(": ");
    if (colon == name.size() && strncasecmp(text.c_str(), name.c_str(), colon) == 0)
      return text.substr(colon + 2, text.find('\r') - colon - 2);
  }
  return "";
}

ScriptedService::ScriptedService(Script script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0)
    abort();
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedService::~ScriptedService() {
  ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  if (int open = open_.load(); open >= 0) ::shutdown(open, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::vector<SeenRequest> ScriptedService::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedService::serve() {
  for (int number = 1; !ending_; ++number) {
    int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) continue;
    open_ = socket;
    if (!ending_) serveConnection(socket, number);
    open_ = -1;
    ::close(socket);
  }
}

void ScriptedService::serveConnection(int socket, int number) {
  std::string buffer;
  while (true) {
    std::size_t end = 0;
    auto headDone = [&] { return (end = buffer.find("\r\n\r\n")) != std::string::npos; };
    if (!readUntil(socket, buffer, headDone)) return;
    SeenRequest seen;
    seen.connection = number;
    auto first = buffer.find("\r\n");
    seen.line = buffer.substr(0, first);
    seen.head = first < end ? buffer.substr(first + 2, end - first) : "";
    buffer.erase(0, end + 4);
    auto length = std::strtoull(seen.header("Content-Length").c_str(), nullptr, 10);
    if (seen.header("Expect") == "100-continue") react(socket, {"HTTP/1.1 100 Continue\r\n\r\n"});
    if (!readUntil(socket, buffer, [&] { return buffer.size() >= length; })) return;
    seen.body = buffer.substr(0, length);
    buffer.erase(0, length);
    int count = 0;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(seen);
      count = static_cast<int>(requests_.size());
    }
    if (!react(socket, script_(seen, count))) return;
  }
}

bool ScriptedService::react(int socket, const Reaction& reaction) {
  std::string_view left = reaction.bytes;
  while (!left.empty()) {
    auto sent = ::send(socket, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string ignored;
  if (reaction.then == Reaction::Then::kSilence) readUntil(socket, ignored, [] { return false; });
  if (reaction.then == Reaction::Then::kReset) {
    linger now{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  return reaction.then == Reaction::Then::kKeep;
}

Reaction ScriptedService::answer(int status, const std::string& body, const std::string& headers) {
  return {"HTTP/1.1 " + std::to_string(status) + " Text\r\n" + headers +
          "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

}  // namespace kiln::runtime
