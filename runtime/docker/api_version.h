// Which version of the engine's API to speak. Pure.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/result.h"

namespace kiln::runtime {

// From the engine's `Api-Version`: the lower of it and the newest Kiln knows (1.44, the oldest that Docker 29 takes).
// kFailedPrecondition below 1.40 (Docker 19.03, Podman's service); kUnavailable for text that is no version: not an engine.
Result<std::string> chooseApiVersion(std::string_view offered);

}  // namespace kiln::runtime
