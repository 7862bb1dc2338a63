#include "tests/unit/docker/scripted_engine.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace kiln::runtime {

ScriptedEngine::ScriptedEngine(Script script) : script_(std::move(script)) {
  char folder[] = "/tmp/kiln-engine-XXXXXX";
  path_ = std::string(mkdtemp(folder)) + "/engine.sock";
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, 8) != 0)
    abort();
  thread_ = std::thread([this] { serve(); });
}

ScriptedEngine::~ScriptedEngine() {
  ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  if (int open = connection_.load(); open >= 0) ::shutdown(open, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  ::unlink(path_.c_str());
  ::rmdir(path_.substr(0, path_.rfind('/')).c_str());
}

std::vector<std::string> ScriptedEngine::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedEngine::serve() {
  while (!ending_) {
    int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) continue;
    connection_ = connection;
    if (!ending_) serveOne(connection);
    connection_ = -1;
    ::close(connection);
  }
}

void ScriptedEngine::serveOne(int connection) {
  std::string head;
  std::array<char, 4096> bytes;
  while (head.find("\r\n\r\n") == std::string::npos) {
    auto got = ::recv(connection, bytes.data(), bytes.size(), 0);
    if (got <= 0) return;
    head.append(bytes.data(), static_cast<std::size_t>(got));
  }
  auto line = head.substr(0, head.find("\r\n"));
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(line);
  }
  auto reply = script_(line);
  (void)!::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL);
  bool hold = reply.find("X-Hold:") != std::string::npos;
  while (hold && ::recv(connection, bytes.data(), bytes.size(), 0) > 0) {
  }
}

std::string ScriptedEngine::answer(int status, const std::string& body,
                                   const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Text\r\nConnection: close\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace kiln::runtime
