#include "controller/cli/services.h"

#include <spdlog/spdlog.h>

#include "api/logs/live_tail.h"
#include "api/logs/logs.h"
#include "controller/engine/periodic.h"
#include "store/logs/log_cleaner.h"

namespace kiln::cli {
namespace {

constexpr Minutes kTrimEvery{60};
constexpr Seconds kClearEvery{10};

void report(std::string_view event, const Status& done) {
  if (!done.ok()) spdlog::error("event={} error=\"{}\"", event, done.error().message);
}

}  // namespace

struct Services::Logs {
  Logs(store::Store& store, BuildLogs& kept, const Clock& time)
      : catalog(kept.catalog()),
        events(kept.events()),
        tails(events, time),
        cleaner(store, catalog, events),
        clock(time) {}

  void startTimers() {
    trimming.emplace("log-retention", kTrimEvery, [this](const std::stop_token& stop) {
      report("log-trim-failed", cleaner.trim(clock.now(), stop));
    });
    clearing.emplace("log-clearing", kClearEvery, [this](const std::stop_token& stop) {
      report("log-clearing-failed", cleaner.clear(stop));
    });
  }

  store::LogCatalog& catalog;
  store::EventLog& events;
  api::logs::LiveTails tails;
  store::LogCleaner cleaner;
  const Clock& clock;
  api::JsonService service{"logs", api::logs::logsOperations({catalog, events, tails, clock}),
                           api::logs::checkInput};
  std::optional<engine::Periodic> trimming;
  std::optional<engine::Periodic> clearing;
};

Services::Services(const config::Settings& settings, store::Store& store, BuildLogs& logs,
                   store::Vault& vault, const Clock& clock)
    : settings_(settings),
      store_(store),
      clock_(clock),
      codecommit_(settings, store, clock),
      objects_(settings, store, clock),
      secrets_(store, vault, clock),
      logs_(std::make_unique<Logs>(store, logs, clock)) {}

Services::~Services() = default;

Status Services::start() {
  if (auto ready = codecommit_.start(); !ready.ok()) return ready;
  if (auto ready = objects_.start(); !ready.ok()) return ready;
  secrets_.start();
  logs_->startTimers();
  return okStatus();
}

void Services::addRoutes(api::Router& router) {
  codecommit_.addRoutes(router);
  objects_.addRoutes(router);
  secrets_.addRoutes(router);
  router.addTarget(logs_->service.targetPrefix(),
                   api::logs::logsHandler(logs_->service, logs_->tails));
}

}  // namespace kiln::cli
