#include "controller/cli/build_logs.h"

#include <utility>

namespace kiln::cli {
namespace {

// The embedded service answers at once; one elsewhere may keep a thread waiting while other builds go on.
engine::LogShipper::Options optionsOf(const config::Settings& settings, bool elsewhere) {
  constexpr int kWaitingWorkers = 16;
  engine::LogShipper::Options options;
  if (elsewhere) options.streamWorkers = kWaitingWorkers;
  options.backoffBase = settings.queue.backoffBase;
  options.backoffCap = settings.queue.backoffCap;
  return options;
}

}  // namespace

BuildLogs::BuildLogs(const Deps& deps, std::function<void(const BuildId&)> look)
    : elsewhere_(!deps.settings.logs.endpoint.empty()),
      catalog_(deps.store, deps.clock),
      events_(deps.store, catalog_, deps.clock),
      embedded_(events_),
      remote_(deps.client, deps.endpoints),
      archive_(deps.client, deps.endpoints),
      shipper_(
          {deps.store, deps.logs, destination(), archive_, deps.clock, deps.probe, std::move(look)},
          optionsOf(deps.settings, elsewhere_)) {}

engine::LogDestination& BuildLogs::destination() {
  if (elsewhere_) return remote_;
  return embedded_;
}

}  // namespace kiln::cli
