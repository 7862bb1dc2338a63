// The phases, statuses and outcomes of a build, with AWS's words for them (facts §2.1, §2.3).
//
// Phases are ordered and only move forward. No switch over these enums has a default, so a new value fails to compile
// wherever it is forgotten.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace kiln {

enum class Phase {
  kSubmitted,
  kQueued,
  kProvisioning,
  kDownloadSource,
  kInstall,
  kPreBuild,
  kBuild,
  kPostBuild,
  kUploadArtifacts,
  kFinalizing,
  kCompleted,
};

inline constexpr std::array kAllPhases = {
    Phase::kSubmitted,       Phase::kQueued,     Phase::kProvisioning, Phase::kDownloadSource,
    Phase::kInstall,         Phase::kPreBuild,   Phase::kBuild,        Phase::kPostBuild,
    Phase::kUploadArtifacts, Phase::kFinalizing, Phase::kCompleted};

// How a finished phase ended. `kClientError` is on the wire but not in AWS's model (facts §2.1).
enum class PhaseStatus { kSucceeded, kFailed, kFault, kTimedOut, kStopped, kClientError };

// How a build stands. Anything but kInProgress is final.
enum class BuildStatus { kInProgress, kSucceeded, kFailed, kFault, kTimedOut, kStopped };

std::string_view name(Phase phase);
std::string_view name(PhaseStatus status);
std::string_view name(BuildStatus status);
std::optional<Phase> phaseFromName(std::string_view text);
std::optional<PhaseStatus> phaseStatusFromName(std::string_view text);
std::optional<BuildStatus> buildStatusFromName(std::string_view text);

// INSTALL, PRE_BUILD, BUILD, POST_BUILD: the phases whose commands the buildspec gives.
bool isBuildspecPhase(Phase phase);

// DOWNLOAD_SOURCE to UPLOAD_ARTIFACTS: the phases that need the container alive.
bool needsContainer(Phase phase);

}  // namespace kiln
