// Build: one build as the controller sees it. `spec` is desired and written by the API, `state` is observed and written by the
// controller; together with `meta` they are one record of the store (store/records/build_record.h converts).
//
// Values only, std only. The functions below are the only ones that may change phase or outcome; they hold the rules of
// facts §2.2, §2.5 and §2.6, and they abort on a phase that would go backwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/ids.h"
#include "controller/core/phase.h"

namespace kiln {

enum class EnvVarType { kPlaintext, kParameterStore, kSecretsManager };

struct EnvVar {
  std::string name;
  std::string value;
  EnvVarType type = EnvVarType::kPlaintext;
  bool operator==(const EnvVar&) const = default;
};

// Something to be fetched before the first command (facts §5.9).
struct SourceInput {
  std::string identifier;  // empty: the primary one
  std::string type;        // CODECOMMIT, GITHUB, S3, ...
  std::string location;
  std::string version;    // as it was asked for; empty: the default
  int gitCloneDepth = 0;  // 0: everything
  bool gitSubmodules = false;
  bool insecureSsl = false;
  std::string authType = {};      // OAUTH, CODECONNECTIONS, SECRETS_MANAGER; empty: the default
  std::string authResource = {};  // an ARN or a secret's name
  bool operator==(const SourceInput&) const = default;
};

// An artifact of type S3 that the project wants (facts §5.8).
struct ArtifactOutput {
  std::string identifier = {};  // empty: the primary one
  std::string bucket = {};
  std::string path = {};
  std::string namespaceType = {};  // NONE, BUILD_ID
  std::string name = {};
  std::string packaging = {};  // NONE, ZIP
  bool overrideName = false;   // the buildspec's name counts
  bool encryptionDisabled = false;
  std::string bucketOwnerAccess = {};  // NONE, READ_ONLY, FULL
  bool operator==(const ArtifactOutput&) const = default;
};

// `statusCode` and `message` of a phase; both empty on success (facts §2.4).
struct PhaseContext {
  std::string statusCode;
  std::string message;
  bool operator==(const PhaseContext&) const = default;
};

struct PhaseRecord {
  Phase phase = Phase::kSubmitted;
  TimePoint start;
  std::optional<TimePoint> end;  // unset while the phase runs, and always for COMPLETED
  std::optional<PhaseStatus> status;
  std::optional<PhaseContext>
      context;  // SUBMITTED, QUEUED and stopped phases have none (facts §2.1, §2.6)
  bool operator==(const PhaseRecord&) const = default;
};

// Desired. Read from the stored request by the record codec; `document` is the source of truth, the rest a typed view of it.
struct BuildSpec {
  std::string
      document;  // JSON: the AWS Build members that came from the request, and Kiln's own beside them
  std::int64_t number = 0;
  TimePoint startTime;
  std::string initiator;
  std::string image;
  std::string environmentType;  // LINUX_CONTAINER, ...
  std::string computeType;      // BUILD_GENERAL1_SMALL, ...
  std::string imagePullCredentialsType;
  std::string registryCredential;  // the secret's name or ARN; empty when none
  bool privileged = false;
  std::vector<EnvVar> environmentVariables;  // project and override merged (facts §3.3)
  std::string sourceVersion;
  std::vector<SourceInput> sources;       // all but NO_SOURCE, the primary one first
  std::string artifactsType;              // of the primary ones
  std::vector<ArtifactOutput> artifacts;  // those of type S3, the primary one first
  std::string buildspec;                  // text, path or ARN as given; empty when none
  bool buildspecInS3 = false;
  std::string encryptionKey;
  std::string logStream;  // the stream's name, CODEBUILD_LOG_PATH (facts §4.5)
  std::string cacheType;
  Minutes timeout{60};
  Minutes queuedTimeout{480};
  int autoRetryLimit = 0;
  int autoRetryNumber = 0;
  std::optional<TimePoint> stopRequestedAt;
};

struct ExportedVariable {
  std::string name;
  std::string value;
  bool operator==(const ExportedVariable&) const = default;
};

// Where an artifact is (facts §5.8).
struct UploadedArtifact {
  std::string identifier;  // empty: the primary one
  std::string location;    // arn:aws:s3:::bucket/key
  std::string md5sum;      // in hexadecimal digits; of a ZIP only
  std::string sha256sum;
  bool operator==(const UploadedArtifact&) const = default;
};

// Observed.
struct BuildState {
  std::vector<PhaseRecord> phases;  // in order; the last one is the current phase
  BuildStatus outcome = BuildStatus::kInProgress;
  std::string sourceDirectory;  // CODEBUILD_SRC_DIR, chosen once
  std::string resolvedImage;    // what the engine was asked to run
  bool sourcesFetched = false;  // they are in the container
  std::string resolvedSourceVersion;
  bool artifactsCollected = false;  // they are staged in the container
  std::vector<UploadedArtifact> artifacts;
  std::vector<ExportedVariable> exportedVariables;
  std::string nextAutoRetry;  // ARN of the retry this build started; empty when none
};

struct Build {
  BuildId id;
  std::uint64_t resourceVersion = 0;
  std::vector<std::string> finalizers;
  bool deleted = false;  // deletion was asked for; the record goes once its finalizers are gone
  std::optional<TimePoint> deletedAt;  // when; set with `deleted`
  BuildSpec spec;
  BuildState state;

  Phase phase() const { return state.phases.back().phase; }
  bool complete() const { return phase() == Phase::kCompleted; }
  const PhaseRecord& current() const { return state.phases.back(); }
  // 1 until a phase has failed (CODEBUILD_BUILD_SUCCEEDING, facts §2.2).
  bool succeeding() const;
};

// What must be undone before a build's record may go.
inline constexpr std::string_view kContainerFinalizer = "kiln.io/container";
inline constexpr std::string_view kLogFinalizer = "kiln.io/log";
// Somebody wants to look into the container when the build has ended: it stays until they let go of it.
inline constexpr std::string_view kShellFinalizer = "kiln.io/shell";
inline constexpr std::string_view kLogDeliveryFinalizer =
    "kiln.io/log-delivery";  // its copies outside are whole, or never will be

// The artifact that the project wants under this identifier, or null.
const ArtifactOutput* findArtifact(const Build& build, std::string_view identifier);

bool guardedBy(const Build& build, std::string_view finalizer);

// A build just accepted: SUBMITTED done and QUEUED running, both at `now` (facts §5.7).
BuildState submitted(TimePoint now);

// Ends the current phase with `status` and enters the next one by the rules of facts §2.2; entering COMPLETED settles the
// outcome. `context` is the empty one for a success.
void advance(Build& build, PhaseStatus status, PhaseContext context, TimePoint now);

// Ends the current phase as STOPPED / TIMED_OUT and goes straight to COMPLETED (facts §2.5, §2.6).
void stop(Build& build, TimePoint at);
void timeOut(Build& build, TimePoint at);

// Stop requests and deadlines no longer apply from FINALIZING on.
bool stoppable(const Build& build);

// The build as a client must see it: a requested stop shows at once in its final form (facts §2.6), because the controller's
// next pass is bound to record exactly that.
Build asShown(Build build);

}  // namespace kiln
