// Why a container did not start: for good, or only this time. Pure.
#pragma once

#include <string>

#include "controller/core/result.h"
#include "runtime/docker/client.h"

namespace kiln::runtime {

// kFailedPrecondition with the engine's text, unless it speaks of the engine's own trouble (kUnavailable, kResourceExhausted) or
// of an absent container (kNotFound).
Error startError(const EngineReply& reply, const std::string& attempted);

// Does the engine's text say that the agent's program was not where it is mounted?
bool lacksAgent(const std::string& message);

}  // namespace kiln::runtime
