#include "controller/core/build.h"

#include <algorithm>
#include <utility>

#include "controller/core/result.h"

namespace kiln {
namespace {

// The phase after `current` ended with `status` (facts §2.2).
Phase nextPhase(Phase current, PhaseStatus status) {
  const bool succeeded = status == PhaseStatus::kSucceeded;
  switch (current) {
    case Phase::kSubmitted: return succeeded ? Phase::kQueued : Phase::kCompleted;
    case Phase::kQueued: return succeeded ? Phase::kProvisioning : Phase::kCompleted;
    // Whether FINALIZING is listed after a failed PROVISIONING is not established (facts §10.3): there is nothing to finalize.
    case Phase::kProvisioning: return succeeded ? Phase::kDownloadSource : Phase::kCompleted;
    case Phase::kDownloadSource: return succeeded ? Phase::kInstall : Phase::kFinalizing;
    case Phase::kInstall: return succeeded ? Phase::kPreBuild : Phase::kFinalizing;
    case Phase::kPreBuild: return succeeded ? Phase::kBuild : Phase::kFinalizing;
    // A command that fails does not skip what follows; a container that is gone does.
    case Phase::kBuild:
      return status == PhaseStatus::kFault ? Phase::kFinalizing : Phase::kPostBuild;
    case Phase::kPostBuild:
      return status == PhaseStatus::kFault ? Phase::kFinalizing : Phase::kUploadArtifacts;
    case Phase::kUploadArtifacts: return Phase::kFinalizing;
    case Phase::kFinalizing: return Phase::kCompleted;
    case Phase::kCompleted: unreachable();
  }
  unreachable();
}

BuildStatus outcomeOf(PhaseStatus status) {
  switch (status) {
    case PhaseStatus::kSucceeded: return BuildStatus::kSucceeded;
    case PhaseStatus::kFailed: return BuildStatus::kFailed;
    case PhaseStatus::kClientError: return BuildStatus::kFailed;
    case PhaseStatus::kFault: return BuildStatus::kFault;
    case PhaseStatus::kTimedOut: return BuildStatus::kTimedOut;
    case PhaseStatus::kStopped: return BuildStatus::kStopped;
  }
  unreachable();
}

// The first phase that did not succeed decides; later ones only follow from it.
BuildStatus outcomeOf(const std::vector<PhaseRecord>& phases) {
  for (const auto& record : phases) {
    if (record.status && *record.status != PhaseStatus::kSucceeded)
      return outcomeOf(*record.status);
  }
  return BuildStatus::kSucceeded;
}

void enter(Build& build, Phase next, TimePoint at) {
  if (next <= build.phase()) unreachable();
  build.state.phases.push_back(
      {.phase = next, .start = at, .end = {}, .status = {}, .context = {}});
  if (next == Phase::kCompleted) build.state.outcome = outcomeOf(build.state.phases);
}

// The clock may step back; a phase never ends before it began.
TimePoint endOf(const PhaseRecord& record, TimePoint now) {
  return std::max(record.start, toWholeMillis(now));
}

void close(PhaseRecord& record, PhaseStatus status, TimePoint end) {
  record.status = status;
  record.end = end;
}

void conclude(Build& build, PhaseStatus status, std::optional<PhaseContext> context,
              TimePoint now) {
  auto& current = build.state.phases.back();
  const TimePoint end = endOf(current, now);
  close(current, status, end);
  current.context = std::move(context);
  enter(build, Phase::kCompleted, end);
  build.state.outcome = outcomeOf(status);  // whatever failed before: it is the stop that ended it
}

}  // namespace

bool Build::succeeding() const {
  for (const auto& record : state.phases) {
    if (record.status && *record.status != PhaseStatus::kSucceeded) return false;
  }
  return true;
}

BuildState submitted(TimePoint now) {
  const TimePoint at = toWholeMillis(now);
  BuildState state;
  state.phases.push_back({.phase = Phase::kSubmitted,
                          .start = at,
                          .end = at,
                          .status = PhaseStatus::kSucceeded,
                          .context = {}});
  state.phases.push_back(
      {.phase = Phase::kQueued, .start = at, .end = {}, .status = {}, .context = {}});
  return state;
}

void advance(Build& build, PhaseStatus status, PhaseContext context, TimePoint now) {
  if (build.complete()) unreachable();
  auto& current = build.state.phases.back();
  const TimePoint end = endOf(current, now);
  close(current, status, end);
  const bool bare = current.phase <= Phase::kQueued && status == PhaseStatus::kSucceeded;
  if (!bare) current.context = std::move(context);
  enter(build, nextPhase(current.phase, status), end);
}

void stop(Build& build, TimePoint at) { conclude(build, PhaseStatus::kStopped, std::nullopt, at); }

void timeOut(Build& build, TimePoint at) {
  // The text ends in a space on the wire too (facts §2.4).
  conclude(build, PhaseStatus::kTimedOut, PhaseContext{"BUILD_TIMED_OUT", "Build has timed out. "},
           at);
}

const ArtifactOutput* findArtifact(const Build& build, std::string_view identifier) {
  const auto& all = build.spec.artifacts;
  const auto found = std::ranges::find(all, identifier, &ArtifactOutput::identifier);
  return found == all.end() ? nullptr : &*found;
}

bool guardedBy(const Build& build, std::string_view finalizer) {
  const auto& all = build.finalizers;
  return std::find(all.begin(), all.end(), finalizer) != all.end();
}

bool stoppable(const Build& build) { return build.phase() < Phase::kFinalizing; }

Build asShown(Build build) {
  if (build.spec.stopRequestedAt && stoppable(build)) stop(build, *build.spec.stopRequestedAt);
  return build;
}

}  // namespace kiln
