#include "controller/engine/engine_follower.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "controller/core/clock.h"

namespace kiln::engine {

EngineFollower::EngineFollower(runtime::ContainerRuntime& runtime,
                               std::function<void(const BuildId&)> look,
                               std::function<void(const runtime::EngineInfo&)> connected)
    : runtime_(runtime),
      look_(std::move(look)),
      connected_(std::move(connected)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void EngineFollower::run(const std::stop_token& stop) {
  constexpr Millis kPause{1'000};
  std::mutex mutex;
  std::condition_variable_any wake;
  std::string lastError;
  while (!stop.stop_requested()) {
    auto info = runtime_.info();
    if (info.ok()) {
      spdlog::info("event=engine-connected engine={} version={} api={} cpus={} memory_mb={}",
                   info->name, info->version, info->apiVersion, info->cpus,
                   info->memoryBytes >> 20);
      lastError.clear();
      connected_(*info);
      auto ended = runtime_.followEvents(stop, [this](const std::string& arn) {
        if (const auto id = BuildId::parseArn(arn)) look_(*id);
      });
      if (stop.stop_requested()) return;
      if (!ended.ok()) spdlog::warn("event=engine-lost error=\"{}\"", ended.error().message);
    } else if (info.error().message != lastError) {
      lastError = info.error().message;
      spdlog::warn("event=engine-unreachable error=\"{}\"", lastError);
    }
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, kPause, [] { return false; });
  }
}

}  // namespace kiln::engine
