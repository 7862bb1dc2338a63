// RawClient: a plain socket to the server under test, so that a test can send what no HTTP library would.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "controller/core/result.h"

namespace kiln::api {

struct RawAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;                            // chunks put together
  bool whole = false;                          // the end was seen

  std::string header(const std::string& lowerCaseName) const {
    const auto at = headers.find(lowerCaseName);
    return at == headers.end() ? "" : at->second;
  }
};

// A port of 127.0.0.1 that somebody listens on while this lives.
class UsedPort {
 public:
  UsedPort() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(fd_, 1) == 0 &&
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      port_ = ntohs(address.sin_port);
    }
  }
  ~UsedPort() { close(fd_); }
  UsedPort(const UsedPort&) = delete;
  UsedPort& operator=(const UsedPort&) = delete;

  int port() const { return port_; }

 private:
  int fd_;
  int port_ = 0;
};

// A port that nobody listens on now.
inline int freePort() { return UsedPort().port(); }

constexpr int kPatience = 60000;  // milliseconds; only a failure takes so long

class RawClient {
 public:
  explicit RawClient(int port, const char* host = "127.0.0.1")
      : fd_(socket(isV6(host) ? AF_INET6 : AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    v4.sin_port = v6.sin6_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, host, &v4.sin_addr);
    inet_pton(AF_INET6, host, &v6.sin6_addr);
    connected_ = isV6(host) ? connect(fd_, reinterpret_cast<sockaddr*>(&v6), sizeof v6) == 0
                            : connect(fd_, reinterpret_cast<sockaddr*>(&v4), sizeof v4) == 0;
  }
  ~RawClient() { hangUp(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  void hangUp() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // False when nothing came in time or the other side has closed.
  bool receive(int millis = kPatience) {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, millis) != 1) return false;
    char bytes[65536];
    const auto size = recv(fd_, bytes, sizeof bytes, 0);
    if (size <= 0) {
      closed_ = true;
      return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  // Receives and forgets until that many bytes have come; answers how many did.
  std::uint64_t discard(std::uint64_t most) {
    std::uint64_t sum = buffer_.size();
    for (buffer_.clear(); sum < most && receive(); buffer_.clear()) sum += buffer_.size();
    return sum;
  }

  // As much of `bytes`, over and over, as the other side takes until it takes no more for the time; at most `most`.
  std::uint64_t sendWhileTaken(std::string_view bytes, std::uint64_t most, int millis) {
    std::uint64_t sum = 0;
    for (pollfd waiting{fd_, POLLOUT, 0}; sum < most && poll(&waiting, 1, millis) == 1;) {
      const auto size = std::min<std::uint64_t>(bytes.size(), most - sum);
      const auto sent = ::send(fd_, bytes.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) break;
      sum += static_cast<std::uint64_t>(sent);
    }
    return sum;
  }

  // No more comes from us.
  void endSending() { shutdown(fd_, SHUT_WR); }

  // True when the other side closes within the time; what it sends before is kept.
  bool waitClosed(int millis = kPatience) {
    while (!closed_ && receive(millis)) {
    }
    return closed_;
  }

  // Until `text` has come; false when it does not.
  bool waitFor(std::string_view text, int millis = kPatience) {
    while (buffer_.find(text) == std::string::npos) {
      if (!receive(millis)) return false;
    }
    return true;
  }

  const std::string& received() const { return buffer_; }

  RawAnswer answer(bool head = false) {
    RawAnswer out;
    if (!waitFor("\r\n\r\n")) return out;
    const auto end = buffer_.find("\r\n\r\n");
    readHead(buffer_.substr(0, end), out);
    buffer_.erase(0, end + 4);
    if (head)
      out.whole = true;
    else if (out.headers.contains("content-length"))
      out.whole = readLength(out);
    else
      out.whole = readChunks(out);
    return out;
  }

  RawAnswer ask(std::string_view request, bool head = false) {
    send(request);
    return answer(head);
  }

 private:
  static bool isV6(std::string_view host) { return host.find(':') != std::string_view::npos; }

  static void readHead(const std::string& head, RawAnswer& out) {
    out.status = std::atoi(head.substr(std::min(head.size(), head.find(' '))).c_str());
    for (auto at = head.find("\r\n"); at != std::string::npos;) {
      const auto next = head.find("\r\n", at + 2);
      const std::string line =
          head.substr(at + 2, next == std::string::npos ? next : next - at - 2);
      std::string name = line.substr(0, line.find(':'));
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      out.headers[name] = line.substr(std::min(line.size(), line.find(':') + 2));
      at = next;
    }
  }

  bool readLength(RawAnswer& out) {
    const auto size = std::stoull(out.headers["content-length"]);
    while (buffer_.size() < size) {
      if (!receive()) return false;
    }
    out.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return true;
  }

  bool readChunks(RawAnswer& out) {
    while (waitFor("\r\n")) {
      const auto size = std::stoull(buffer_.substr(0, buffer_.find("\r\n")), nullptr, 16);
      buffer_.erase(0, buffer_.find("\r\n") + 2);
      while (buffer_.size() < size + 2) {
        if (!receive()) return false;
      }
      out.body += buffer_.substr(0, size);
      buffer_.erase(0, size + 2);
      if (size == 0) return true;
    }
    return false;
  }

  int fd_;
  bool connected_ = false;
  bool closed_ = false;
  std::string buffer_;
};

}  // namespace kiln::api
