// A controller in a world of fakes, on the real store: built, crashed at any probe point and built again, thousands of times.
#pragma once

#include <rocksdb/env.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "controller/engine/log_shipper.h"
#include "controller/engine/reconciler.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_agents.h"
#include "tests/fakes/fake_artifacts.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_logs.h"
#include "tests/fakes/fake_runtime.h"
#include "tests/fakes/fake_sources.h"

namespace kiln::property {

// Thrown out of a probe: the process is gone at this very point.
struct Crash {};

// What one process has; lost with it.
struct Controller {
  Controller(store::Store& store, store::LogStore& logs, fakes::FakeRuntime& runtime,
             fakes::FakeAgents& agents, fakes::FakeSources& sources,
             fakes::FakeArtifacts& artifacts, fakes::FakeLogs& copies, const Clock& clock,
             const engine::Probe& probe);

  engine::Metrics metrics;
  engine::WorkQueue queue;
  engine::Backoff backoff{Millis(200), Millis(30'000), 1};
  engine::Admission admission;
  runtime::ImageResolver images;
  engine::Recorder recorder;
  runtime::JobPool jobs;
  engine::LogShipper shipper;
  engine::Observer observer;
  engine::Executor executor;
  engine::Reconciler reconciler;
};

class World {
 public:
  World();
  ~World();

  struct Asked {
    bool source = false;
    bool artifacts = false;
    bool logObject = false;  // in S3
  };
  BuildId startBuild(Asked asked);
  BuildId startBuild() { return startBuild({}); }
  std::optional<Build> load(const BuildId& id) const;
  void change(const BuildId& id,
              const std::function<void(Build&)>& edit);  // as the API does: spec or deletion

  // One pass, then whatever jobs it started have ended. False when the process died in it (it has been started again).
  bool pass(const BuildId& id);
  // One pass of what brings the log to CloudWatch Logs and S3.
  void shipLogs(const BuildId& id);
  void awaitJobs(const BuildId& id) const;
  Controller& controller() { return *controller_; }  // of the process that runs now
  void crashAtProbe(int nth);                        // counted from now; 0: never
  void restart();
  std::string logOf(const BuildId& id) const;

  fakes::FakeClock clock;
  fakes::FakeRuntime runtime;
  fakes::FakeAgents agents;
  fakes::FakeSources sources;
  fakes::FakeArtifacts artifacts;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<fakes::FakeLogs> copies;  // of logs

 private:
  std::filesystem::path directory_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<store::LogStore> logs_;
  engine::Probe probe_;
  int untilCrash_ = 0;
  int made_ = 0;
  std::unique_ptr<Controller> controller_;
};

}  // namespace kiln::property
