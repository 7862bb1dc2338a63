#include "controller/plan/phases.h"

#include "controller/core/result.h"

namespace kiln::plan {
namespace {

// Facts §2.4 has no code for this one.
Step foundDead(const Observed& seen) {
  std::string message =
      "Build container found dead before completing the build. Build container died because it was "
      "out of memory, or the "
      "Docker image is not supported. ErrorCode: 500";
  if (!seen.containerEnd.empty()) message += " (" + seen.containerEnd + ")";
  return Finish{PhaseStatus::kFault, {"", std::move(message)}};
}

// A stopped container's journal is read to its end before the build is given up: what it says may be a success.
Step planStopped(const Observed& seen) {
  if (seen.recordsWaiting) return AbsorbRecords{};
  if (seen.link == Link::kDrained) return foundDead(seen);
  switch (seen.journal) {
    case Job::kAbsent:
    case Job::kSucceeded:
    case Job::kFailed: return ReadJournal{};
    case Job::kRunning: return Wait{};
  }
  unreachable();
}

Step planImage(const Build& build, const Observed& seen) {
  if (!build.state.resolvedImage.empty()) return CreateContainer{};
  switch (seen.image) {
    case Job::kAbsent: return PrepareImage{};
    case Job::kRunning: return Wait{};
    case Job::kSucceeded: return RecordImage{};
    case Job::kFailed: return Finish{PhaseStatus::kFailed, seen.imageFailure};
  }
  unreachable();
}

bool needsSources(const Build& build) {
  const bool any = !build.spec.sources.empty() || build.spec.buildspecInS3;
  return any && build.phase() == Phase::kDownloadSource && !build.state.sourcesFetched;
}

Step planSources(const Observed& seen) {
  switch (seen.sources) {
    case Job::kAbsent: return FetchSources{};
    case Job::kRunning: return Wait{};
    case Job::kSucceeded: return RecordSources{};
    case Job::kFailed: return Finish{PhaseStatus::kFailed, seen.sourceFailure};
  }
  unreachable();
}

Step planRunning(const Build& build, const Observed& seen) {
  if (seen.recordsWaiting) return AbsorbRecords{};
  switch (seen.link) {
    case Link::kNone:
    case Link::kLost:
    case Link::kDrained: return OpenLink{};
    case Link::kOpening: return Wait{};
    case Link::kAttached: break;
  }
  if (needsSources(build)) return planSources(seen);
  if (!seen.agentPhase || *seen.agentPhase < build.phase()) return RunPhase{};
  return Wait{};
}

}  // namespace

Step planQueued(const Build&, const Observed& seen) {
  if (seen.admitted) return Finish{};
  return Wait{};
}

Step planProvisioning(const Build& build, const Observed& seen) {
  switch (seen.container) {
    case Container::kUnknown: return Wait{};
    case Container::kAbsent: return planImage(build, seen);
    case Container::kCreated:
      return seen.link == Link::kOpening ? Step(StartContainer{}) : Step(OpenLink{});
    case Container::kRunning:
      if (seen.link == Link::kAttached) return Finish{};
      return seen.link == Link::kOpening ? Step(Wait{}) : Step(OpenLink{});
    case Container::kExited: return foundDead(seen);
  }
  unreachable();
}

Step planAgentPhase(const Build& build, const Observed& seen) {
  switch (seen.container) {
    case Container::kUnknown: return seen.recordsWaiting ? Step(AbsorbRecords{}) : Step(Wait{});
    case Container::kAbsent:
    case Container::kCreated:  // it ran, so this is not the container it was
      return seen.recordsWaiting ? Step(AbsorbRecords{}) : foundDead(seen);
    case Container::kRunning: return planRunning(build, seen);
    case Container::kExited: return planStopped(seen);
  }
  unreachable();
}

Step planUploadArtifacts(const Build& build, const Observed& seen) {
  if (build.spec.artifactsType == "CODEPIPELINE") {
    return Finish{PhaseStatus::kFailed,
                  {"CLIENT_ERROR", "Kiln does not upload CODEPIPELINE artifacts yet"}};
  }
  if (build.spec.artifacts.empty()) return Finish{};
  if (!build.state.artifactsCollected) return planAgentPhase(build, seen);
  switch (seen.upload) {
    case Job::kAbsent: return UploadArtifacts{};
    case Job::kRunning: return Wait{};
    case Job::kSucceeded: return RecordArtifacts{};
    case Job::kFailed: return Finish{PhaseStatus::kFailed, seen.uploadFailure};
  }
  unreachable();
}

// Kiln's own: no build fails because of where its log goes.
Step planFinalizing(const Build& build, const Observed& seen, TimePoint now) {
  const TimePoint until = build.current().start + seen.logsWait;
  switch (seen.logs) {
    case Delivery::kDone: return Finish{};
    case Delivery::kUnderWay: return now < until ? Step(Wait{until}) : Step(Finish{});
    case Delivery::kHopeless:
      return Finish{PhaseStatus::kSucceeded, {"CLIENT_ERROR", seen.logsFailure}};
  }
  unreachable();
}

}  // namespace kiln::plan
