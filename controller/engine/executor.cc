#include "controller/engine/executor.h"

#include <algorithm>
#include <utility>

#include "controller/engine/absorb.h"
#include "runtime/sandbox/phase_plan.h"
#include "store/records/build_logs.h"

namespace kiln::engine {
namespace {

const Pass kAgain{Millis::zero()};
const Pass kSettled{};

Build without(Build build, std::string_view finalizer) {
  std::erase(build.finalizers, finalizer);
  return build;
}

}  // namespace

Result<Pass> Executor::perform(const plan::Step& step, const Build& build) {
  auto pass = std::visit([&](const auto& one) { return on(one, build); }, step);
  if (pass.ok() || pass.error().retryable() || !stoppable(build) || build.deleted) return pass;
  return giveUp(build, pass.error());
}

Result<Pass> Executor::on(const plan::Wait& wait, const Build& build) {
  if (build.complete()) deps_.admission.release(build.id);
  if (!wait.until) return kSettled;
  const auto left = std::chrono::ceil<Millis>(*wait.until - deps_.clock.now());
  return Pass{std::max(left, Millis(1))};
}

Result<Pass> Executor::on(const plan::Finish& end, const Build& build) {
  if (build.phase() == Phase::kDownloadSource && end.status == PhaseStatus::kFailed)
    return failDownload(build, end.context);
  LogAddition log;
  if (build.phase() == Phase::kUploadArtifacts) {
    const TimePoint now = deps_.clock.now();
    log.frames.push_back(
        {now, runtime::phaseCompleteLog(build.phase(), end.status, end.context, now)});
  }
  return finish(build, end.status, end.context, std::move(log));
}

Result<Pass> Executor::finish(const Build& build, PhaseStatus status, PhaseContext context,
                              LogAddition log) {
  Build next = build;
  advance(next, status, std::move(context), deps_.clock.now());
  if (next.phase() == Phase::kProvisioning) {  // the guards stand before what they guard
    next.state.sourceDirectory = runtime::sourceDirectoryOf(build);
    for (const auto guard : {kContainerFinalizer, kLogFinalizer})
      next.finalizers.emplace_back(guard);
    if (store::logPlaces(build).any()) next.finalizers.emplace_back(kLogDeliveryFinalizer);
  }
  auto recorded = deps_.recorder.record(build, next, std::move(log), name(build.phase()));
  if (!recorded.ok()) return recorded.error();
  if (next.complete()) deps_.admission.release(build.id);
  return kAgain;
}

Result<Pass> Executor::giveUp(const Build& build, const Error& error) {
  if (build.phase() <= Phase::kQueued) return error;
  return finish(build, PhaseStatus::kFault, {"INTERNAL_SERVICE_ERROR", error.message}, {});
}

Result<Pass> Executor::startJob(const Build& build, runtime::JobStep step, std::string_view point,
                                std::function<runtime::JobResult(std::stop_token)> work) {
  const auto earlier = deps_.jobs.observe(build.id, step);
  deps_.jobs.forget(build.id);
  if (earlier.result && !earlier.result->ok()) return earlier.result->error();
  reach(deps_.probe, "before", point);
  deps_.jobs.start(build.id, step, std::move(work));
  reach(deps_.probe, "after", point);
  return Pass{.again = {}, .undecided = true};
}

Result<Pass> Executor::on(const plan::StopBuild&, const Build& build) {
  Build next = build;
  stop(next, *build.spec.stopRequestedAt);
  return conclude(build, next, "stop");
}

Result<Pass> Executor::on(const plan::TimeOutBuild&, const Build& build) {
  Build next = build;
  timeOut(next, deps_.clock.now());
  return conclude(build, next, "time-out");
}

Result<Pass> Executor::conclude(const Build& build, const Build& concluded,
                                std::string_view point) {
  auto progress = deps_.recorder.progressOf(build.id);
  if (!progress.ok()) return progress.error();
  auto records = deps_.agents.records(build.id, progress->agentSequence, kRecordsPerCommit);
  auto last = absorb(concluded, std::move(records), progress->agentSequence, deps_.clock.now());
  LogAddition log{std::move(last.frames), last.sequence};
  auto recorded = deps_.recorder.record(build, concluded, std::move(log), point);
  if (!recorded.ok()) return recorded.error();
  // Now, because the engine answers nothing of a container that is being copied out of.
  deps_.jobs.forget(build.id);
  deps_.admission.release(build.id);
  return kAgain;
}

Result<Pass> Executor::on(const plan::RemoveContainer&, const Build& build) {
  reach(deps_.probe, "before", "remove-container");
  deps_.agents.close(build.id);
  deps_.jobs.forget(build.id);
  auto removed = deps_.runtime.ensureRemoved(build.id);
  reach(deps_.probe, "after", "remove-container");
  if (!removed.ok()) return removed.error();
  return kAgain;
}

Result<Pass> Executor::on(const plan::ReleaseContainer&, const Build& build) {
  deps_.agents.close(build.id);
  deps_.jobs.forget(build.id);
  deps_.admission.release(build.id);
  auto recorded =
      deps_.recorder.record(build, without(build, kContainerFinalizer), {}, "release-container");
  if (!recorded.ok()) return recorded.error();
  return kAgain;
}

Result<Pass> Executor::on(const plan::ReleaseLogs&, const Build& build) {
  auto recorded =
      deps_.recorder.record(build, without(build, kLogDeliveryFinalizer), {}, "release-logs");
  if (!recorded.ok()) return recorded.error();
  return kAgain;
}

Result<Pass> Executor::on(const plan::EraseLog&, const Build& build) {
  reach(deps_.probe, "before", "erase-log");
  if (auto erased = deps_.logs.erase(build.id); !erased.ok()) return erased.error();
  reach(deps_.probe, "after", "erase-log");
  const Build next = without(without(build, kLogDeliveryFinalizer), kLogFinalizer);
  auto recorded = deps_.recorder.record(build, next, {}, "erase-log");
  if (!recorded.ok()) return recorded.error();
  return kAgain;
}

Result<Pass> Executor::on(const plan::EraseRecord&, const Build& build) {
  deps_.admission.release(build.id);
  if (auto erased = deps_.recorder.erase(build); !erased.ok()) return erased.error();
  return kSettled;
}

}  // namespace kiln::engine
