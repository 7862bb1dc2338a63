// Any text at all: the parser answers with a buildspec that a container can be given, or with a message fit for a log.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "runtime/buildspec/buildspec.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool withoutNul(std::string_view text) { return text.find('\0') == std::string_view::npos; }

void check(const kiln::runtime::Buildspec& spec) {
  require(spec.version == "0.1" || spec.version == "0.2");
  require(spec.shell == "bash" || spec.shell == "sh" || spec.shell == "/bin/sh");
  for (const auto& [name, value] : spec.variables) require(withoutNul(value));
  for (const auto& [phase, block] : spec.phases) {
    require(kiln::isBuildspecPhase(phase));
    for (const auto& command : block.commands) require(withoutNul(command));
    for (const auto& command : block.finallyCommands) require(withoutNul(command));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto spec = kiln::runtime::parseBuildspec(text);
  if (spec.ok()) {
    check(*spec);
  } else {
    require(!spec.error().message.empty() && spec.error().message.size() < 1000);
  }
  (void)kiln::runtime::formOf(text);
  return 0;
}
