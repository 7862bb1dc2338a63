// The names of the four phases as a buildspec spells them: install, pre_build, build, post_build.
#pragma once

#include <optional>
#include <string_view>

#include "controller/core/phase.h"

namespace kiln::runtime {

std::optional<Phase> buildspecPhaseFromKey(std::string_view key);
// For a phase that isBuildspecPhase().
std::string_view buildspecKeyOf(Phase phase);

}  // namespace kiln::runtime
