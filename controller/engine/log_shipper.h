// LogShipper: brings the logs of builds to where their logsConfig wants them (facts §4.5): live to a stream of CloudWatch Logs, and when
// they are whole to an object in S3.
//
// It follows the builds that kLogDeliveryFinalizer guards, from PROVISIONING on. How far it has come is in the store, so that it may be killed
// at any instant. A destination that fails is tried again with backoff, for each build by itself, and delays no build but its end,
// and that no longer than the planner waits. A refusal counts once the build is at its end, and is told once in the daemon's log;
// trouble that lasts for `giveUpAfter` beyond the build's end becomes a refusal. No build fails because of its log.
// Threads: its own; changed() and look() may be called by any. Owner: BuildLogs; what is given outlives it.
#pragma once

#include <cstddef>
#include <functional>
#include <map>

#include "controller/core/guarded.h"
#include "controller/engine/key_loop.h"
#include "controller/engine/log_deliveries.h"
#include "controller/engine/log_destination.h"
#include "controller/engine/stream_delivery.h"

namespace kiln::engine {

class LogShipper final : public LogDeliveries {
 public:
  struct Deps {
    store::Store& store;
    const store::LogStore& logs;
    LogDestination& streams;
    LogArchive& archive;
    const Clock& clock;
    const Probe& probe;
    std::function<void(const BuildId&)> onEnded;  // a delivery is done, or hopeless
  };
  struct Options {
    int streamWorkers = 2;
    int archiveWorkers = 2;
    Millis gather{50};         // lines of so long go together
    Millis unfinished{5'000};  // so long a line without an end waits for it while the build runs
    Millis backoffBase{200};
    Millis backoffCap{30'000};
    Millis giveUpAfter{24 * 3600 * 1000};
  };
  LogShipper(Deps deps, Options options);

  // A hint that there may be something new; quick.
  void changed(const store::Change& change);
  void look(const BuildId& id);
  // One delivery's pass on this thread; false when none is due.
  bool step();

  Result<LogsSeen> observe(const Build& build) const override;

  // For the metrics: builds whose streams are behind, and for how long the first of them has been.
  std::size_t behind() const;
  Millis lag() const;

 private:
  Result<Again> deliver(const ResourceKey& key, std::string_view note, std::stop_token stop);
  Result<Again> pass(const Build& build, std::string_view note, store::LogDelivery delivery,
                     std::stop_token stop);
  Result<Again> archive(const Build& build, store::LogDelivery delivery, std::stop_token stop);
  Result<Again> stream(const ResourceKey& key, std::stop_token stop);
  Status giveUp(const Build& build, std::string_view note, store::LogDelivery delivery,
                const Error& error);
  bool hopeless(const Build& build, const Error& error) const;
  Result<store::LogDelivery> deliveryOf(const BuildId& id, std::string_view note) const;

  const Deps deps_;
  const Options options_;
  const StreamDelivery delivery_;
  Guarded<std::map<ResourceKey, TimePoint>> behind_;  // since when there is something new
  KeyLoop streams_;
  KeyLoop archives_;
};

}  // namespace kiln::engine
