// Observer: looks at one build's world and says what it saw, as values.
//
// An engine that cannot be reached is Container::kUnknown together with the error, so that a pass which needs the engine backs off and
// one that does not (a stop, a deadline) goes on. Any thread; changes nothing but the admission's waiting list.
#pragma once

#include <optional>

#include "controller/core/build.h"
#include "controller/core/result.h"
#include "controller/engine/admission.h"
#include "controller/engine/log_deliveries.h"
#include "controller/plan/observed.h"
#include "runtime/container_runtime.h"
#include "runtime/jobs/job_pool.h"
#include "runtime/sandbox/agents.h"

namespace kiln::engine {

struct Observation {
  plan::Observed seen;
  std::optional<Error> engineError;
};

class Observer {
 public:
  struct Deps {
    runtime::ContainerRuntime& runtime;
    runtime::Agents& agents;
    runtime::JobPool& jobs;
    Admission& admission;
    const LogDeliveries& logs;
    Millis minute;
    Millis logsWait{30'000};  // how long FINALIZING waits for the copies of a log
  };
  explicit Observer(Deps deps) : deps_(deps) {}

  Result<Observation> observe(const Build& build);

 private:
  Status observeLogs(const Build& build, plan::Observed& seen) const;
  void observeSources(const Build& build, plan::Observed& seen) const;
  void observeArtifacts(const Build& build, plan::Observed& seen) const;
  Status observeContainer(const Build& build, Observation& observation);

  Deps deps_;
};

}  // namespace kiln::engine
