#include "controller/plan/planner.h"

#include "controller/core/result.h"
#include "controller/plan/phases.h"

namespace kiln::plan {
namespace {

Step planCleanUp(const Build& build, const Observed& seen) {
  if (guardedBy(build, kShellFinalizer)) return Wait{};
  if (guardedBy(build, kContainerFinalizer)) {
    if (seen.container == Container::kUnknown) return Wait{};
    if (seen.container == Container::kAbsent) return ReleaseContainer{};
    return RemoveContainer{};
  }
  if (guardedBy(build, kLogDeliveryFinalizer) && seen.logs != Delivery::kUnderWay)
    return ReleaseLogs{};
  return Wait{};
}

Step planDeleted(const Build& build, const Observed& seen) {
  if (guardedBy(build, kContainerFinalizer)) return planCleanUp(build, seen);
  if (guardedBy(build, kLogFinalizer)) return EraseLog{};
  return EraseRecord{};
}

Step planPhase(const Build& build, const Observed& seen, TimePoint now) {
  switch (build.phase()) {
    case Phase::kSubmitted: return Finish{};
    case Phase::kQueued: return planQueued(build, seen);
    case Phase::kProvisioning: return planProvisioning(build, seen);
    case Phase::kDownloadSource:
    case Phase::kInstall:
    case Phase::kPreBuild:
    case Phase::kBuild:
    case Phase::kPostBuild: return planAgentPhase(build, seen);
    case Phase::kUploadArtifacts: return planUploadArtifacts(build, seen);
    case Phase::kFinalizing: return planFinalizing(build, seen, now);
    case Phase::kCompleted: return Wait{};
  }
  unreachable();
}

Step untilDeadline(Step step, const Build& build, Millis minute) {
  if (auto* wait = std::get_if<Wait>(&step); wait != nullptr && !wait->until) {
    wait->until = deadlineOf(build, minute);
  }
  return step;
}

}  // namespace

std::optional<TimePoint> deadlineOf(const Build& build, Millis minute) {
  if (!stoppable(build)) return std::nullopt;
  if (build.phase() <= Phase::kQueued) {
    return build.state.phases.front().start + build.spec.queuedTimeout.count() * minute;
  }
  for (const auto& record : build.state.phases) {
    if (record.phase == Phase::kProvisioning) {
      return record.start + build.spec.timeout.count() * minute;
    }
  }
  unreachable();
}

Step planNext(const Build& build, const Observed& seen, TimePoint now) {
  if (build.deleted) return planDeleted(build, seen);
  if (build.complete()) return planCleanUp(build, seen);
  if (stoppable(build)) {
    if (build.spec.stopRequestedAt) return StopBuild{};
    if (const auto deadline = deadlineOf(build, seen.minute); deadline && now >= *deadline) {
      return seen.phaseEndWaiting ? Step(AbsorbRecords{}) : Step(TimeOutBuild{});
    }
  }
  return untilDeadline(planPhase(build, seen, now), build, seen.minute);
}

const char* name(const Step& step) {
  struct Namer {
    const char* operator()(const Wait&) const { return "wait"; }
    const char* operator()(const PrepareImage&) const { return "prepare-image"; }
    const char* operator()(const RecordImage&) const { return "record-image"; }
    const char* operator()(const CreateContainer&) const { return "create-container"; }
    const char* operator()(const OpenLink&) const { return "open-link"; }
    const char* operator()(const StartContainer&) const { return "start-container"; }
    const char* operator()(const FetchSources&) const { return "fetch-sources"; }
    const char* operator()(const RecordSources&) const { return "record-sources"; }
    const char* operator()(const RunPhase&) const { return "run-phase"; }
    const char* operator()(const AbsorbRecords&) const { return "absorb-records"; }
    const char* operator()(const ReadJournal&) const { return "read-journal"; }
    const char* operator()(const UploadArtifacts&) const { return "upload-artifacts"; }
    const char* operator()(const RecordArtifacts&) const { return "record-artifacts"; }
    const char* operator()(const Finish&) const { return "finish"; }
    const char* operator()(const StopBuild&) const { return "stop"; }
    const char* operator()(const TimeOutBuild&) const { return "time-out"; }
    const char* operator()(const RemoveContainer&) const { return "remove-container"; }
    const char* operator()(const ReleaseContainer&) const { return "release-container"; }
    const char* operator()(const ReleaseLogs&) const { return "release-logs"; }
    const char* operator()(const EraseLog&) const { return "erase-log"; }
    const char* operator()(const EraseRecord&) const { return "erase-record"; }
  };
  return std::visit(Namer{}, step);
}

}  // namespace kiln::plan
