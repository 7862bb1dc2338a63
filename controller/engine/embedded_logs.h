// EmbeddedLogs: the CloudWatch Logs of this Kiln as where builds' logs go. Events and position are one commit; group and stream are made
// (again) when they are not there. Any thread. The event log outlives it.
#pragma once

#include "controller/engine/log_destination.h"
#include "store/logs/event_log.h"

namespace kiln::engine {

class EmbeddedLogs final : public LogDestination {
 public:
  explicit EmbeddedLogs(store::EventLog& log) : log_(log) {}

  bool transactional() const override { return true; }
  BatchLimits limits() const override;
  Status open(const LogTarget& target, std::stop_token stop) override;
  Status put(const LogTarget& target, std::vector<store::LogEvent> events,
             const std::function<Status(store::Txn&)>& also, std::stop_token stop) override;
  Result<bool> endsWith(const LogTarget& target, const std::vector<store::LogEvent>& events,
                        std::stop_token stop) override;

 private:
  store::EventLog& log_;
};

}  // namespace kiln::engine
