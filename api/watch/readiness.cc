#include "api/watch/readiness.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace kiln::api {

Readiness::Readiness(std::vector<ReadyCheck> checks, const Clock& clock, Millis keep)
    : checks_(std::move(checks)), clock_(clock), keep_(keep) {}

ReadyReport Readiness::report() {
  std::lock_guard lock(mutex_);
  const TimePoint now = clock_.now();
  if (!last_ || now - lastAt_ >= keep_ || now < lastAt_) {
    last_ = check();
    lastAt_ = now;
  }
  return *last_;
}

ReadyReport Readiness::check() const {
  ReadyReport report;
  nlohmann::ordered_json checks = nlohmann::ordered_json::object();
  for (const ReadyCheck& one : checks_) {
    const Status status = one.run();
    report.ready = report.ready && status.ok();
    checks[one.name]["ok"] = status.ok();
    if (!status.ok()) checks[one.name]["reason"] = status.error().message;
  }
  const nlohmann::ordered_json whole = {{"status", report.ready ? "ready" : "not ready"},
                                        {"checks", checks}};
  report.json = whole.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  return report;
}

}  // namespace kiln::api
