#include "controller/cli/bind_probe.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace kiln::cli {
namespace {

int bindTo(const addrinfo& address) {
  const int descriptor = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  const int yes = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  int error = ::bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == 0 && ::listen(descriptor, 1) != 0) error = errno;
  ::close(descriptor);
  return error;
}

}  // namespace

int tryBind(const std::string& host, int port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                    std::to_string(port).c_str(), &wanted, &found);
  if (failure != 0) return failure;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
  return bindTo(*owned);
}

std::string bindError(int error) {
  return error < 0 ? ::gai_strerror(error) : std::strerror(error);
}

}  // namespace kiln::cli
