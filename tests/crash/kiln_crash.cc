// kiln-crash: `kiln serve` that ends itself, as by kill -9, at a named point of a build's life. For tests/crash only.
//
//   KILN_CRASH_AT=POINT     the point ("before:create-container", "after-commit:absorb", ...); nothing happens at the others
//   KILN_CRASH_NTH=N        at the N-th time it is reached [1]
//   KILN_CRASH_TRACE=FILE   every point reached, one a line
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdlib>
#include <string>

#include "controller/cli/serve.h"

namespace {

std::string environmentOr(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

class Crash {
 public:
  void reached(std::string_view point) {
    if (trace_ >= 0) {
      const std::string line = std::string(point) + "\n";
      if (::write(trace_, line.data(), line.size()) < 0) std::abort();
    }
    if (point == at_ && ++times_ == nth_) ::kill(::getpid(), SIGKILL);
  }

 private:
  static int openTrace() {
    const std::string file = environmentOr("KILN_CRASH_TRACE", "");
    return file.empty() ? -1
                        : ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }

  const std::string at_ = environmentOr("KILN_CRASH_AT", "");
  const int nth_ = std::stoi(environmentOr("KILN_CRASH_NTH", "1"));
  const int trace_ = openTrace();
  std::atomic<int> times_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Crash crash;
  CLI::App app("Kiln for the crash suite", "kiln-crash");
  app.require_subcommand(1);
  int exitCode = 0;
  kiln::cli::addServeCommand(app, exitCode, [&](std::string_view point) { crash.reached(point); });
  CLI11_PARSE(app, argc, argv);
  return exitCode;
}
