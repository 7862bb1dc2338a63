#include "controller/core/phase.h"

#include "controller/core/result.h"

namespace kiln {

std::string_view name(Phase phase) {
  switch (phase) {
    case Phase::kSubmitted: return "SUBMITTED";
    case Phase::kQueued: return "QUEUED";
    case Phase::kProvisioning: return "PROVISIONING";
    case Phase::kDownloadSource: return "DOWNLOAD_SOURCE";
    case Phase::kInstall: return "INSTALL";
    case Phase::kPreBuild: return "PRE_BUILD";
    case Phase::kBuild: return "BUILD";
    case Phase::kPostBuild: return "POST_BUILD";
    case Phase::kUploadArtifacts: return "UPLOAD_ARTIFACTS";
    case Phase::kFinalizing: return "FINALIZING";
    case Phase::kCompleted: return "COMPLETED";
  }
  unreachable();
}

std::string_view name(PhaseStatus status) {
  switch (status) {
    case PhaseStatus::kSucceeded: return "SUCCEEDED";
    case PhaseStatus::kFailed: return "FAILED";
    case PhaseStatus::kFault: return "FAULT";
    case PhaseStatus::kTimedOut: return "TIMED_OUT";
    case PhaseStatus::kStopped: return "STOPPED";
    case PhaseStatus::kClientError: return "CLIENT_ERROR";
  }
  unreachable();
}

std::string_view name(BuildStatus status) {
  switch (status) {
    case BuildStatus::kInProgress: return "IN_PROGRESS";
    case BuildStatus::kSucceeded: return "SUCCEEDED";
    case BuildStatus::kFailed: return "FAILED";
    case BuildStatus::kFault: return "FAULT";
    case BuildStatus::kTimedOut: return "TIMED_OUT";
    case BuildStatus::kStopped: return "STOPPED";
  }
  unreachable();
}

std::optional<Phase> phaseFromName(std::string_view text) {
  for (Phase phase : kAllPhases) {
    if (name(phase) == text) return phase;
  }
  return std::nullopt;
}

std::optional<PhaseStatus> phaseStatusFromName(std::string_view text) {
  for (auto status : {PhaseStatus::kSucceeded, PhaseStatus::kFailed, PhaseStatus::kFault,
                      PhaseStatus::kTimedOut, PhaseStatus::kStopped, PhaseStatus::kClientError}) {
    if (name(status) == text) return status;
  }
  return std::nullopt;
}

std::optional<BuildStatus> buildStatusFromName(std::string_view text) {
  for (auto status : {BuildStatus::kInProgress, BuildStatus::kSucceeded, BuildStatus::kFailed,
                      BuildStatus::kFault, BuildStatus::kTimedOut, BuildStatus::kStopped}) {
    if (name(status) == text) return status;
  }
  return std::nullopt;
}

bool isBuildspecPhase(Phase phase) {
  return phase >= Phase::kInstall && phase <= Phase::kPostBuild;
}

bool needsContainer(Phase phase) {
  return phase >= Phase::kDownloadSource && phase <= Phase::kUploadArtifacts;
}

}  // namespace kiln
