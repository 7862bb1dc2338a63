// What runs in the containers of the engine's tests instead of the agent: prints "ready", then answers lines.
//   exit N      ends with that status
//   spew BYTES  prints about that many bytes of numbered lines, then "spewed"
//   sink BYTES  reads that many bytes of input, then prints "sunk"
//   else        "echo LINE"
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

void spew(long long bytes) {
  static char line[128];
  long long printed = 0;
  for (long long number = 0; printed < bytes; ++number) {
    int size = std::snprintf(
        line, sizeof line, "%012lld %s\n", number,
        "a line of a build that is about as long as such lines are, which is not very");
    std::fwrite(line, 1, static_cast<std::size_t>(size), stdout);
    printed += size;
  }
  std::puts("spewed");
}

void sink(long long bytes) {
  static char buffer[65536];
  while (bytes > 0) {
    auto want = bytes < static_cast<long long>(sizeof buffer) ? static_cast<std::size_t>(bytes)
                                                              : sizeof buffer;
    auto got = std::fread(buffer, 1, want, stdin);
    if (got == 0) return;
    bytes -= static_cast<long long>(got);
  }
  std::puts("sunk");
}

}  // namespace

int main() {
  static char buffer[65536];
  std::setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  std::puts("ready");
  std::fflush(stdout);
  char line[4096];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    if (std::strncmp(line, "exit ", 5) == 0) return std::atoi(line + 5);
    if (std::strncmp(line, "spew ", 5) == 0)
      spew(std::atoll(line + 5));
    else if (std::strncmp(line, "sink ", 5) == 0)
      sink(std::atoll(line + 5));
    else
      std::printf("echo %s", line);
    std::fflush(stdout);
  }
  pause();  // input ended: a client may come back
  return 0;
}
