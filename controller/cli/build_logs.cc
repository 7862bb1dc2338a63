#include "controller/cli/build_logs.h"

#include <utility>

#include "controller/cli/aws_environment.h"

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

BuildLogs::BuildLogs(const config::Settings& settings, store::Store& store,
                     const store::LogStore& logs, const Clock& clock, const engine::Probe& probe,
                     std::function<void(const BuildId&)> look)
    : elsewhere_(!settings.logs.endpoint.empty()),
      catalog_(store, clock),
      events_(store, catalog_, clock),
      client_(clock),
      endpoints_(settings, awsEnvironment()),
      embedded_(events_),
      remote_(client_, endpoints_),
      archive_(client_, endpoints_),
      shipper_({store, logs, destination(), archive_, clock, probe, std::move(look)},
               optionsOf(settings, elsewhere_)) {}

engine::LogDestination& BuildLogs::destination() {
  if (elsewhere_) return remote_;
  return embedded_;
}

}  // namespace kiln::cli
