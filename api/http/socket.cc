#include "api/http/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "controller/core/result.h"

namespace kiln::api {
namespace {

constexpr std::string_view kMappedPrefix = "::ffff:";  // an IPv4 client of an IPv6 address

void setOption(int descriptor, int level, int option) {
  const int on = 1;
  (void)setsockopt(descriptor, level, option, &on, sizeof on);
}

int toPoll(Millis most) {
  return static_cast<int>(std::clamp<Millis::rep>(most.count(), 0, INT_MAX));
}

// Drops what was sent from the front.
void dropSent(std::span<iovec>& rest, std::size_t sent) {
  while (!rest.empty() && sent >= rest.front().iov_len) {
    sent -= rest.front().iov_len;
    rest = rest.subspan(1);
  }
  if (rest.empty()) return;
  rest.front().iov_base = static_cast<char*>(rest.front().iov_base) + sent;
  rest.front().iov_len -= sent;
}

}  // namespace

Socket::Socket(int descriptor, const StopSignal& stop) : descriptor_(descriptor), stop_(stop) {
  setOption(descriptor_, IPPROTO_TCP, TCP_NODELAY);
  setOption(descriptor_, SOL_SOCKET, SO_KEEPALIVE);
}

Socket::~Socket() { close(descriptor_); }

Socket::Event Socket::wait(short events, Millis most, bool seeStop) {
  const auto until = SteadyClock().now() + most;
  for (Millis left = most;;) {
    std::array<pollfd, 2> waiting{
        {{descriptor_, events, 0}, {seeStop ? stop_.descriptor() : -1, POLLIN, 0}}};
    const int ready = poll(waiting.data(), waiting.size(), toPoll(left));
    if (ready < 0 && errno != EINTR) return Event::kReady;  // the call that follows says why
    if (ready > 0) return waiting[1].revents != 0 ? Event::kStopped : Event::kReady;
    left = std::chrono::ceil<Millis>(until - SteadyClock().now());
    if (left <= Millis(0)) return Event::kTimeout;
  }
}

Received Socket::receive(std::span<char> into, Millis most) {
  if (stop_.raised()) return {SocketEnd::kStopped};
  for (;;) {
    const auto size = recv(descriptor_, into.data(), into.size(), 0);
    if (size > 0) return {SocketEnd::kOpen, static_cast<std::size_t>(size)};
    if (size == 0) return {SocketEnd::kGone};
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return {SocketEnd::kGone};
    switch (wait(POLLIN, most, true)) {
      case Event::kReady: break;
      case Event::kTimeout: return {SocketEnd::kSilent};
      case Event::kStopped: return {SocketEnd::kStopped};
    }
  }
}

SocketEnd Socket::awaitBytes(Millis most) {
  if (stop_.raised()) return SocketEnd::kStopped;
  switch (wait(POLLIN, most, true)) {
    case Event::kReady: return SocketEnd::kOpen;
    case Event::kTimeout: return SocketEnd::kSilent;
    case Event::kStopped: return SocketEnd::kStopped;
  }
  unreachable();
}

SocketEnd Socket::send(const Parts& parts, std::optional<Millis> silence, Millis stopGrace) {
  std::array<iovec, std::tuple_size_v<Parts>> all{};
  std::transform(parts.begin(), parts.end(), all.begin(), [](std::string_view part) {
    return iovec{const_cast<char*>(part.data()), part.size()};
  });
  std::span<iovec> rest(all);
  std::optional<TimePoint> end;  // once the server stops
  for (dropSent(rest, 0); !rest.empty();) {
    if (!end && stop_.raised()) end = SteadyClock().now() + stopGrace;
    msghdr message{};
    message.msg_iov = rest.data();
    message.msg_iovlen = rest.size();
    const auto sent = sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      dropSent(rest, static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      const Millis most = end ? std::chrono::ceil<Millis>(*end - SteadyClock().now())
                              : silence.value_or(Millis(INT_MAX));
      if (wait(POLLOUT, most, !end) == Event::kTimeout)
        return end ? SocketEnd::kStopped : SocketEnd::kSilent;
    } else if (errno != EINTR) {
      return SocketEnd::kGone;
    }
    if (end && !rest.empty() && SteadyClock().now() >= *end) return SocketEnd::kStopped;
  }
  return SocketEnd::kOpen;
}

bool Socket::waitClosed(Millis most) {
  return stop_.raised() || wait(POLLRDHUP, most, true) != Event::kTimeout;
}

void Socket::endSending() { shutdown(descriptor_, SHUT_WR); }

std::string Socket::remoteAddress() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char text[NI_MAXHOST] = "";
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (getpeername(descriptor_, generic, &size) != 0 ||
      getnameinfo(generic, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
    return "";
  const std::string_view plain(text);
  return std::string(plain.starts_with(kMappedPrefix) ? plain.substr(kMappedPrefix.size()) : plain);
}

}  // namespace kiln::api
