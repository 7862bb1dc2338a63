// Reconciler: one pass over one build: load, observe, plan, perform one step. And the loop that makes passes for the queue's keys.
//
// A pass remembers nothing. drain() is what each worker thread runs until the queue is shut down; step() makes the one pass that is
// due, for tests. Owner: main(). Any number of threads.
#pragma once

#include "controller/core/clock.h"
#include "controller/engine/backoff.h"
#include "controller/engine/executor.h"
#include "controller/engine/metrics.h"
#include "controller/engine/observer.h"
#include "controller/engine/work_queue.h"
#include "store/store.h"

namespace kiln::engine {

class Reconciler {
 public:
  struct Deps {
    const store::Store& store;
    Observer& observer;
    Executor& executor;
    WorkQueue& queue;
    Backoff& backoff;
    Metrics& metrics;
    const Clock& clock;
    Recorder& recorder;
  };
  explicit Reconciler(Deps deps) : deps_(deps) {}

  void drain();
  bool step();  // false when no key is due
  Result<Pass> reconcile(const ResourceKey& key);

 private:
  void handle(const ResourceKey& key);
  void settle(const ResourceKey& key, const Result<Pass>& pass);
  void tellOfWant(const ResourceKey& key, const Error& error);

  Deps deps_;
};

}  // namespace kiln::engine
