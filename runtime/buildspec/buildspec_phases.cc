#include "runtime/buildspec/buildspec_phases.h"

#include <array>
#include <utility>

#include "controller/core/result.h"

namespace kiln::runtime {
namespace {

constexpr std::array<std::pair<std::string_view, Phase>, 4> kPhaseKeys = {{
    {"install", Phase::kInstall},
    {"pre_build", Phase::kPreBuild},
    {"build", Phase::kBuild},
    {"post_build", Phase::kPostBuild},
}};

}  // namespace

std::optional<Phase> buildspecPhaseFromKey(std::string_view key) {
  for (const auto& [name, phase] : kPhaseKeys) {
    if (name == key) return phase;
  }
  return std::nullopt;
}

std::string_view buildspecKeyOf(Phase wanted) {
  for (const auto& [name, phase] : kPhaseKeys) {
    if (phase == wanted) return name;
  }
  unreachable();
}

}  // namespace kiln::runtime
