// What the agent's records mean for the stored build: log frames to append, and the end of the current phase if one of them tells it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "controller/core/build.h"
#include "runtime/agent/protocol.h"
#include "runtime/sandbox/artifacts.h"
#include "store/logs/log_store.h"

namespace kiln::engine {

struct Absorbed {
  Build build;                          // advanced when the records end its current phase
  std::vector<store::LogFrame> frames;  // in order
  std::uint64_t sequence = 0;           // the last record taken in
  std::optional<runtime::CollectedArtifacts> artifacts;  // that the agent has staged
};

// `records` follow `after` in order. A phase end of any other phase than the current one changes nothing.
Absorbed absorb(Build build, std::vector<agent::Record> records, std::uint64_t after,
                TimePoint now);

}  // namespace kiln::engine
