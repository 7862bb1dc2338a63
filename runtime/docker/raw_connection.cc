#include "runtime/docker/raw_connection.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "runtime/docker/client.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kLongestAnswer = 64 * 1024;

void setTimeout(int fd, int option, Millis limit) {
  timeval time{};
  time.tv_sec = limit.count() / 1000;
  time.tv_usec = limit.count() % 1000 * 1000;
  setsockopt(fd, SOL_SOCKET, option, &time, sizeof time);
}

Error lost(const Endpoint& endpoint, const std::string& path, const std::string& why) {
  return {Code::kUnavailable, "container engine at " + endpoint.text() + ": POST " +
                                  path.substr(0, path.find('?')) + ": " + why};
}

Status sendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return Error{Code::kUnavailable, std::strerror(errno)};
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return okStatus();
}

// Appends what comes until `enough` says so or the peer ends it.
template <typename Enough>
Status receiveUntil(int fd, std::string& text, Enough enough) {
  std::array<char, 4096> bytes;
  while (!enough() && text.size() < kLongestAnswer) {
    auto got = ::recv(fd, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      bool late = errno == EAGAIN || errno == EWOULDBLOCK;
      return Error{Code::kUnavailable, late ? "no answer in time" : std::strerror(errno)};
    }
    if (got == 0) break;
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return okStatus();
}

int statusOf(std::string_view answer) {
  int status = 0;
  auto space = answer.find(' ');
  if (!answer.starts_with("HTTP/1.") || space == std::string_view::npos) return 0;
  std::from_chars(answer.data() + space + 1, answer.data() + answer.size(), status);
  return status;
}

std::size_t lengthOf(std::string head) {
  std::transform(head.begin(), head.end(), head.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::size_t length = kLongestAnswer;
  auto found = head.find("\r\ncontent-length:");
  if (found == std::string::npos) return length;
  auto digits = head.find_first_not_of(' ', found + 17);
  if (digits == std::string::npos) return length;
  std::from_chars(head.data() + digits, head.data() + head.size(), length);
  return length;
}

// The rest of an answer that is a refusal, as an Error.
Error refusal(int fd, int status, const std::string& head, std::string body,
              const std::string& path) {
  auto length = lengthOf(head);
  auto got = receiveUntil(fd, body, [&] { return body.size() >= length; });
  if (!got.ok()) body += " (" + got.error().message + ")";
  EngineReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return errorFrom(reply, "POST " + path.substr(0, path.find('?')));
}

}  // namespace

RawConnection::RawConnection(RawConnection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), rest_(std::move(other.rest_)) {}

RawConnection::~RawConnection() {
  if (fd_ >= 0) ::close(fd_);
}

Result<RawConnection> RawConnection::post(const Endpoint& endpoint, const std::string& path,
                                          const std::string& body, Millis limit) {
  auto fd = connectTo(endpoint, limit);
  if (!fd.ok()) return fd.error();
  RawConnection raw(*fd);
  setTimeout(*fd, SO_RCVTIMEO, limit);
  setTimeout(*fd, SO_SNDTIMEO, limit);
  auto sent =
      sendAll(*fd, "POST " + path +
                       " HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\n"
                       "Upgrade: tcp\r\nContent-Type: " +
                       (body.empty() ? "text/plain" : "application/json") +
                       "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  if (!sent.ok()) return lost(endpoint, path, sent.error().message);
  std::string answer;
  auto end = std::string::npos;
  auto got = receiveUntil(*fd, answer,
                          [&] { return (end = answer.find("\r\n\r\n")) != std::string::npos; });
  if (!got.ok()) return lost(endpoint, path, got.error().message);
  int status = statusOf(answer);
  if (end == std::string::npos || status == 0)
    return lost(endpoint, path, "the answer was cut off");
  auto head = answer.substr(0, end);
  auto rest = answer.substr(end + 4);
  if (status != 101 && status != 200) return refusal(*fd, status, head, std::move(rest), path);
  setTimeout(*fd, SO_RCVTIMEO, Millis(0));  // raw reads wait as long as it takes
  raw.rest_ = std::move(rest);
  return raw;
}

}  // namespace kiln::runtime
