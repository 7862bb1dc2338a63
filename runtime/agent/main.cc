// kiln-agent: the first process of a build's container. See protocol.h for what it is told and what it answers.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/agent/agent.h"

namespace {

constexpr int kUsage = 2;
constexpr int kCannotStart = 3;

int usage(std::string_view wrong) {
  std::fprintf(
      stderr,
      "kiln-agent: %.*s\nusage: kiln-agent [--deadline UNIX_MILLISECONDS] [--root DIRECTORY]\n",
      static_cast<int>(wrong.size()), wrong.data());
  return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  kiln::agent::AgentOptions options;
  for (int i = 1; i < argc; i += 2) {
    std::string_view name = argv[i];
    if (name != "--deadline" && name != "--root")
      return usage(std::string("unknown argument ") + argv[i]);
    if (i + 1 == argc) return usage(std::string(name) + " needs a value");
    std::string_view value = argv[i + 1];
    if (name == "--root") {
      options.root = value;
      continue;
    }
    std::int64_t millis = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), millis);
    if (error != std::errc() || end != value.data() + value.size() || millis <= 0) {
      return usage("--deadline takes milliseconds since 1970, not " + std::string(value));
    }
    options.deadlineMicros = millis * 1000;
  }
  kiln::agent::Agent agent(options);
  if (auto prepared = agent.prepare(); !prepared) {
    std::fprintf(stderr, "kiln-agent: %s\n", prepared.error().message.c_str());
    return kCannotStart;
  }
  return agent.run();
}
