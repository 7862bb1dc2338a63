// EngineFollower: listens to the container engine's events and turns each into "look at this build"; notices the engine's coming and
// going.
//
// One thread of its own. When the engine goes, it tries again every second; each time the engine is there (again), `connected`
// is called first, because anything may have happened meanwhile. Owner: main().
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "controller/core/ids.h"
#include "runtime/container_runtime.h"

namespace kiln::engine {

class EngineFollower {
 public:
  EngineFollower(runtime::ContainerRuntime& runtime, std::function<void(const BuildId&)> look,
                 std::function<void(const runtime::EngineInfo&)> connected);

 private:
  void run(const std::stop_token& stop);

  runtime::ContainerRuntime& runtime_;
  const std::function<void(const BuildId&)> look_;
  const std::function<void(const runtime::EngineInfo&)> connected_;
  std::jthread thread_;
};

}  // namespace kiln::engine
