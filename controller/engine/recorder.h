// Recorder: the only writer of a build's observed half. One call is one commit: the new state, the events of every transition in it, the
// log lines that belong to it and, when a FAILED build has retries left, the next build.
//
// Log bytes are written to the file first and count once the commit says so (store/logs/log_store.h). Any thread; one call per
// build at a time (the queue sees to it). Failure: the store's; kConflict means that the API wrote meanwhile: plan again.
#pragma once

#include <cstdint>
#include <vector>

#include "controller/core/build.h"
#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "controller/engine/metrics.h"
#include "controller/engine/probe.h"
#include "runtime/sandbox/artifacts.h"
#include "runtime/sandbox/delivered_sources.h"
#include "store/logs/log_store.h"
#include "store/store.h"

namespace kiln::engine {

struct LogAddition {
  std::vector<store::LogFrame> frames;
  std::uint64_t agentSequence = 0;  // 0: the lines are the controller's own
};

class Recorder {
 public:
  struct Deps {
    store::Store& store;
    store::LogStore& logs;
    const Clock& clock;
    Metrics& metrics;
    const Probe& probe;
  };
  explicit Recorder(Deps deps) : deps_(deps) {}

  // `point` names the commit for the probe. Nothing is written when nothing changed. `notes` are put beside the build.
  Status record(const Build& before, const Build& after, LogAddition log, std::string_view point,
                const std::vector<store::Note>& notes = {});
  // A line of Kiln's own in the build's log, beside any transition.
  Status tell(const Build& build, const std::string& line);
  Status erase(const Build& build);
  // What the sources' job left; nothing when there was none.
  Result<runtime::DeliveredSources> sourcesOf(const BuildId& id) const;
  // What the agent has collected of its artifacts; nothing before it has.
  Result<runtime::CollectedArtifacts> artifactsOf(const BuildId& id) const;
  Result<store::LogProgress> progressOf(const BuildId& id) const;

 private:
  Result<std::optional<store::LogProgress>> appendLog(const Build& build, const LogAddition& log);
  Status write(store::Txn& txn, const Build& before, Build after,
               const std::optional<store::LogProgress>& progress,
               const std::vector<store::Note>& notes);

  Deps deps_;
};

}  // namespace kiln::engine
