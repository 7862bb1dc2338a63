// What a compute type and an environment type mean on this engine (facts §8.5). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/core/build.h"
#include "controller/core/result.h"
#include "runtime/container_runtime.h"

namespace kiln::runtime {

struct ComputeLimits {
  std::int64_t memoryBytes = 0;  // 0: no limit
  std::int64_t nanoCpus = 0;
  std::string notice;  // a line for the log when it is less than AWS gives; empty otherwise
};

// Limits for the build, cut to what the engine's machine has. The error is the PROVISIONING context: this environment type
// cannot run here, and why.
Result<ComputeLimits, PhaseContext> computeFor(std::string_view environmentType,
                                               std::string_view computeType,
                                               const EngineInfo& engine);

}  // namespace kiln::runtime
