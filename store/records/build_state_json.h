// BuildState <-> the JSON of a build record's status. Bytes that are not UTF-8 (a command's own words in a context, an exported
// variable) are stored with the replacement character.
//
// Pure functions, any thread. kCorrupt on text that is not a state, including one without phases.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/build.h"
#include "controller/core/result.h"

namespace kiln::store {

Result<BuildState> parseBuildState(std::string_view text);
std::string writeBuildState(const BuildState& state);

}  // namespace kiln::store
