#include "api/http/listener.h"

#include <netdb.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace kiln::api {
namespace {

constexpr int kBacklog = 1024;
constexpr int kStarvedMillis = 100;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<Addresses> resolve(const std::string& host, int port) {
  addrinfo wish{};
  wish.ai_family = AF_UNSPEC;
  wish.ai_socktype = SOCK_STREAM;
  wish.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wish, &found);
  if (failure != 0) return Error{Code::kUnavailable, gai_strerror(failure)};
  return Addresses(found, &freeaddrinfo);
}

// A descriptor that listens, or -1 with errno.
int open(const addrinfo& address) {
  const int descriptor =
      socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol);
  if (descriptor < 0) return -1;
  const int on = 1, off = 0;
  (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6)  // `::` takes IPv4 too
    (void)setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 &&
      ::listen(descriptor, kBacklog) == 0)
    return descriptor;
  const int why = errno;
  close(descriptor);
  errno = why;
  return -1;
}

std::string textOf(const addrinfo& address) {
  char text[NI_MAXHOST] = "";
  (void)getnameinfo(address.ai_addr, address.ai_addrlen, text, sizeof text, nullptr, 0,
                    NI_NUMERICHOST);
  return text;
}

bool isV6(const std::string& host) { return host.find(':') != std::string::npos; }

std::string shown(const std::string& host, int port) {
  return (isV6(host) ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace

bool Listener::covers(const std::string& address) const {
  return addresses_.contains(address) || addresses_.contains("::") ||
         (addresses_.contains("0.0.0.0") && !isV6(address));
}

Status Listener::listen(const std::string& host, int port) {
  const auto failed = [&](const std::string& why) {
    return Error{Code::kUnavailable, "cannot listen on " + shown(host, port) + ": " + why};
  };
  std::lock_guard lock(mu_);
  if (stop_.raised()) return failed("the server has stopped");
  const auto resolved = resolve(host, port);
  if (!resolved.ok()) return failed(resolved.error().message);
  int refused = 0, covered = 0;
  for (const addrinfo* address = resolved->get(); address != nullptr; address = address->ai_next) {
    const std::string text = textOf(*address);
    const int descriptor = covers(text) ? -1 : open(*address);
    if (descriptor >= 0) {
      addresses_.insert(text);
      threads_.emplace_back([this, descriptor] { accept(descriptor); });
    } else if (!covers(text)) {
      refused = errno;
      if (refused != EADDRNOTAVAIL && refused != EAFNOSUPPORT) return failed(strerror(refused));
      continue;  // of a name's addresses some may not be there
    }
    ++covered;
  }
  return covered > 0 ? okStatus() : Status(failed(strerror(refused)));
}

void Listener::accept(int descriptor) {
  pthread_setname_np(pthread_self(), "http-accept");
  bool starved = false;
  while (!stop_.raised()) {
    // When starved, the client that waits must not wake us: only time and the stop.
    std::array<pollfd, 2> waiting{
        {{starved ? -1 : descriptor, POLLIN, 0}, {stop_.descriptor(), POLLIN, 0}}};
    (void)poll(waiting.data(), waiting.size(), starved ? kStarvedMillis : -1);
    if (stop_.raised()) break;
    const int client = accept4(descriptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const int why = client < 0 ? errno : 0;
    if (client >= 0) (void)connections_.add(client);
    const bool nowStarved = why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
    if (nowStarved && !starved) spdlog::warn("event=accept_waits error=\"{}\"", strerror(why));
    if (nowStarved) (void)connections_.closeIdle();
    starved = nowStarved;
  }
  close(descriptor);
}

void Listener::join() {
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(mu_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace kiln::api
