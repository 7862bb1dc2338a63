#include "controller/engine/periodic.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <random>
#include <utility>

namespace kiln::engine {

Periodic::Periodic(std::string name, Millis interval, std::function<void(std::stop_token)> work)
    : name_(std::move(name)),
      interval_(interval),
      work_(std::move(work)),
      thread_([this](const std::stop_token& stop) { loop(stop); }) {}

void Periodic::loop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::mt19937_64 random{std::random_device{}()};
  std::uniform_real_distribution<double> jitter(0.8, 1.2);
  while (!stop.stop_requested()) {
    const Millis pause(
        static_cast<std::int64_t>(static_cast<double>(interval_.count()) * jitter(random)));
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, pause, [] { return false; });
    if (stop.stop_requested()) return;
    try {
      work_(stop);
    } catch (const std::exception& e) {
      spdlog::error("event=periodic-failed task={} error=\"{}\"", name_, e.what());
    }
  }
}

}  // namespace kiln::engine
