#include "controller/cli/container_shell.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "controller/cli/server_address.h"
#include "controller/core/guarded.h"
#include "runtime/agent/protocol.h"

namespace kiln::cli {
namespace {

// $1: where the agent keeps what the first failed command had; $2: what commands hand on; $3: TERM. The variables are written by the
// buildspec's shell, so that shell reads them.
constexpr const char* kEnterContainer = R"sh(
at=$1; [ -f "$at/env.sh" ] || at=$2
shell=/bin/sh
if [ -f "$at/shell" ]; then IFS= read -r shell < "$at/shell"
elif [ -f "$at/env.sh" ]; then IFS= read -r first < "$at/env.sh"; case $first in declare*) shell=bash;; esac
fi
command -v "$shell" > /dev/null 2>&1 || shell=/bin/sh
exec "$shell" -c 'if [ -f "$1/dir.txt" ]; then cd "$(cat "$1/dir.txt")"; fi
if [ -f "$1/env.sh" ]; then . "$1/env.sh"; fi
export TERM="$2"; exec "$0" -i' "$shell" "$at" "$3"
)sh";

Guarded<std::optional<termios>> cookedTerminal;  // what it was, while it is raw

class RawTerminal {
 public:
  RawTerminal() {
    termios before{};
    if (::tcgetattr(STDIN_FILENO, &before) != 0) return;
    termios raw = before;
    ::cfmakeraw(&raw);
    cookedTerminal.with([&](auto& cooked) {
      if (::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0) cooked = before;
    });
  }
  ~RawTerminal() { restoreTerminal(); }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
};

runtime::TerminalSize sizeHere() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return {size.ws_row, size.ws_col};
}

Status writeHere(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      return Error{Code::kUnavailable,
                   std::string("writing to the terminal: ") + std::strerror(errno)};
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return okStatus();
}

// Carries bytes both ways until one side ends.
class ShellSession {
 public:
  ShellSession(runtime::ContainerTerminal& shell, const Interrupts& interrupts)
      : shell_(shell), interrupts_(interrupts) {}

  Status run() {
    while (!ended_) {
      const bool giving = !typed_.empty();  // nothing more is read until that has gone
      const auto events = static_cast<short>(giving ? POLLIN | POLLOUT : POLLIN);
      pollfd waited[] = {{shell_.descriptor(), events, 0},
                         {giving ? -1 : STDIN_FILENO, POLLIN, 0},
                         {interrupts_.resized(), POLLIN, 0},
                         {interrupts_.ended(), POLLIN, 0}};
      if (::poll(waited, 4, shell_.pending() ? 0 : -1) < 0 && errno != EINTR) break;
      if (waited[3].revents != 0) break;
      if (waited[2].revents != 0) forgetResizes();
      if (shell_.pending() || (waited[0].revents & ~POLLOUT) != 0) {
        if (auto moved = takeOutput(); !moved.ok()) return moved;
      }
      if (waited[1].revents != 0) takeInput();
      if (auto moved = giveInput(); !moved.ok()) return moved;
    }
    return okStatus();
  }

 private:
  // The engine takes no size before the shell runs, and then it writes something.
  Status takeOutput() {
    auto bytes = shell_.read();
    if (!bytes.ok()) return bytes.error();
    ended_ = bytes->empty();
    if (!ended_ && !sized_) sized_ = shell_.resize(sizeHere()).ok();
    return writeHere(*bytes);
  }

  void takeInput() {
    std::array<char, 4096> bytes;
    const auto got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) return;
    ended_ |= got <= 0;
    if (got > 0) typed_.assign(bytes.data(), static_cast<std::size_t>(got));
  }

  Status giveInput() {
    if (ended_ || typed_.empty()) return okStatus();
    const auto sent = shell_.write(typed_);
    if (!sent.ok()) return sent.error();
    typed_.erase(0, *sent);
    return okStatus();
  }

  void forgetResizes() {
    signalfd_siginfo info{};
    while (::read(interrupts_.resized(), &info, sizeof info) > 0) continue;
    sized_ = shell_.resize(sizeHere()).ok();
  }

  runtime::ContainerTerminal& shell_;
  const Interrupts& interrupts_;
  std::string typed_;  // and not given yet
  bool sized_ = false;
  bool ended_ = false;
};

}  // namespace

bool hasTerminal() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

void restoreTerminal() {
  cookedTerminal.with([](auto& cooked) {
    if (cooked) ::tcsetattr(STDIN_FILENO, TCSANOW, &*cooked);
    cooked.reset();
  });
}

Status runShell(runtime::DockerRuntime& runtime, const BuildId& id, const Interrupts& interrupts) {
  const auto kind = fromProcess("TERM");
  auto shell = runtime.openTerminal(
      id, {"/bin/sh", "-c", kEnterContainer, "sh", std::string(agent::kFailureDirectory),
           std::string(agent::kHandOverDirectory), kind.empty() ? "dumb" : kind});
  if (!shell.ok()) return shell.error();
  const RawTerminal raw;
  return ShellSession(**shell, interrupts).run();
}

}  // namespace kiln::cli
