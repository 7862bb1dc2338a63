#include "controller/cli/interrupts.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace kiln::cli {
namespace {

int signalDescriptor(std::initializer_list<int> wanted) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : wanted) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

Interrupts::Interrupts()
    : signals_(signalDescriptor({SIGINT, SIGQUIT, SIGTERM, SIGHUP})),
      ended_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      resized_(signalDescriptor({SIGWINCH})) {
  std::signal(SIGPIPE, SIG_IGN);
  thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

Interrupts::~Interrupts() {
  thread_ = {};
  for (const int descriptor : {signals_, ended_, resized_}) ::close(descriptor);
}

void Interrupts::listen(Listener listener) {
  std::lock_guard lock(telling_);
  listener_ = std::move(listener);
  if (listener_ && count_ > 0) listener_(count_);
}

void Interrupts::watch(const std::stop_token& stop) {
  const int quit = ::eventfd(0, EFD_CLOEXEC);
  std::stop_callback wake(stop, [quit] { ::eventfd_write(quit, 1); });
  while (!stop.stop_requested()) {
    pollfd waited[] = {{signals_, POLLIN, 0}, {quit, POLLIN, 0}};
    if (::poll(waited, 2, -1) < 0) continue;
    signalfd_siginfo info{};
    while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info))
      tell(static_cast<int>(info.ssi_signo));
  }
  ::close(quit);
}

void Interrupts::tell(int signal) {
  int none = 0;
  first_.compare_exchange_strong(none, signal);
  std::lock_guard lock(telling_);
  const int count = ++count_;
  ::eventfd_write(ended_, 1);
  if (listener_) listener_(count);
}

}  // namespace kiln::cli
