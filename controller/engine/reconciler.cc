#include "controller/engine/reconciler.h"

#include <spdlog/spdlog.h>

#include <exception>

#include "controller/plan/planner.h"
#include "store/records/build_record.h"

namespace kiln::engine {
namespace {

bool jobRuns(const plan::Observed& seen) {
  return seen.image == plan::Job::kRunning || seen.sources == plan::Job::kRunning ||
         seen.journal == plan::Job::kRunning || seen.upload == plan::Job::kRunning;
}

}  // namespace

Result<Pass> Reconciler::reconcile(const ResourceKey& key) {
  auto resource = deps_.store.find(key);
  if (!resource.ok()) return resource.error();
  if (!resource->has_value()) return Pass{};
  auto build = store::toBuild(**resource);
  if (!build.ok()) return build.error();
  auto observation = deps_.observer.observe(*build);
  if (!observation.ok()) return observation.error();
  const auto step = plan::planNext(*build, observation->seen, deps_.clock.now());
  spdlog::debug("event=step build={} rv={} phase={} step={}", key.name, build->resourceVersion,
                name(build->phase()), plan::name(step));
  auto pass = deps_.executor.perform(step, *build);
  const bool waits = std::holds_alternative<plan::Wait>(step);
  if (pass.ok() && waits && observation->engineError) return *observation->engineError;
  if (pass.ok() && waits) pass->undecided = jobRuns(observation->seen);
  return pass;
}

// A build that waits for room on the disk would be silent for as long: its log says once what it waits for.
void Reconciler::tellOfWant(const ResourceKey& key, const Error& error) {
  if (error.code != Code::kResourceExhausted || deps_.backoff.lastError(key) == error.message)
    return;
  auto resource = deps_.store.find(key);
  if (!resource.ok() || !resource->has_value()) return;
  auto build = store::toBuild(**resource);
  if (!build.ok() || build->phase() < Phase::kDownloadSource || build->complete()) return;
  if (auto told = deps_.recorder.tell(*build, "Waiting: " + error.message); !told.ok())
    spdlog::debug("event=not-told build={} error=\"{}\"", key.name, told.error().message);
}

void Reconciler::settle(const ResourceKey& key, const Result<Pass>& pass) {
  if (pass.ok()) {
    if (!pass->undecided) deps_.backoff.forget(key);
    if (pass->again) deps_.queue.addAfter(key, *pass->again);
    return;
  }
  if (pass.error().code == Code::kConflict) return deps_.queue.add(key);
  tellOfWant(key, pass.error());
  const Millis delay = deps_.backoff.next(key, pass.error().message);
  spdlog::warn("event=pass-failed build={} code=\"{}\" again_ms={} error=\"{}\"", key.name,
               name(pass.error().code), delay.count(), pass.error().message);
  deps_.queue.addAfter(key, delay);
}

void Reconciler::handle(const ResourceKey& key) {
  const TimePoint begin = deps_.clock.now();
  auto pass = [&]() -> Result<Pass> {
    try {
      return reconcile(key);
    } catch (const std::exception& e) {
      return Error{Code::kUnavailable, std::string("the pass threw: ") + e.what()};
    }
  }();
  deps_.metrics.passTook(std::chrono::duration<double>(deps_.clock.now() - begin).count(),
                         !pass.ok());
  settle(key, pass);
  deps_.queue.done(key);
}

void Reconciler::drain() {
  while (auto key = deps_.queue.get()) handle(*key);
}

bool Reconciler::step() {
  auto key = deps_.queue.tryGet();
  if (!key) return false;
  handle(*key);
  return true;
}

}  // namespace kiln::engine
