#include "controller/engine/observer.h"

#include <string>
#include <utility>

#include "runtime/sandbox/artifacts.h"
#include "runtime/sandbox/delivered_sources.h"

namespace kiln::engine {
namespace {

plan::Container toPlan(runtime::ContainerState state) {
  switch (state) {
    case runtime::ContainerState::kAbsent: return plan::Container::kAbsent;
    case runtime::ContainerState::kCreated: return plan::Container::kCreated;
    case runtime::ContainerState::kRunning: return plan::Container::kRunning;
    case runtime::ContainerState::kExited: return plan::Container::kExited;
  }
  unreachable();
}

plan::Link toPlan(runtime::AgentView::Link link) {
  switch (link) {
    case runtime::AgentView::Link::kNone: return plan::Link::kNone;
    case runtime::AgentView::Link::kOpening: return plan::Link::kOpening;
    case runtime::AgentView::Link::kAttached: return plan::Link::kAttached;
    case runtime::AgentView::Link::kLost: return plan::Link::kLost;
    case runtime::AgentView::Link::kDrained: return plan::Link::kDrained;
  }
  unreachable();
}

plan::Job toPlan(const runtime::JobState& job) {
  switch (job.progress) {
    case runtime::JobState::Progress::kAbsent: return plan::Job::kAbsent;
    case runtime::JobState::Progress::kRunning: return plan::Job::kRunning;
    case runtime::JobState::Progress::kDone:
      return job.result && job.result->ok() ? plan::Job::kSucceeded : plan::Job::kFailed;
  }
  unreachable();
}

// An error of the job itself is no verdict on the build: it is done again. The answer's failure is one.
template <typename Answer>
plan::Job verdictOf(const runtime::JobState& job, Result<Answer> (*decode)(std::string_view),
                    PhaseContext& failure) {
  const plan::Job progress = toPlan(job);
  if (progress == plan::Job::kFailed) return plan::Job::kAbsent;
  if (progress != plan::Job::kSucceeded) return progress;
  const auto answer = decode(**job.result);
  if (!answer.ok() || !answer->failure) return plan::Job::kSucceeded;
  failure = *answer->failure;
  return plan::Job::kFailed;
}

// How the engine accounts for a container's end, for the context of the build.
std::string endOf(const runtime::ContainerStatus& status) {
  if (status.outOfMemory) return "the container ran out of memory";
  std::string text = "the container exited with code " + std::to_string(status.exitCode);
  if (!status.engineError.empty()) text += ": " + status.engineError;
  return text;
}

}  // namespace

Result<Observation> Observer::observe(const Build& build) {
  Observation observation;
  plan::Observed& seen = observation.seen;
  seen.minute = deps_.minute;
  seen.logsWait = deps_.logsWait;
  if (build.phase() == Phase::kQueued && !build.deleted && !build.spec.stopRequestedAt) {
    seen.admitted = deps_.admission.request(build.id, build.current().start);
  }
  if (auto status = observeLogs(build, seen); !status.ok()) return status.error();
  if (!guardedBy(build, kContainerFinalizer)) {
    seen.container = plan::Container::kAbsent;
    return observation;
  }
  const auto view = deps_.agents.observe(build.id);
  seen.link = toPlan(view.link);
  seen.recordsWaiting = view.recordsWaiting;
  seen.phaseEndWaiting = view.phaseEndWaiting;
  seen.agentPhase = view.phase;

  const auto image = deps_.jobs.observe(build.id, runtime::JobStep::kPrepareImage);
  seen.image = toPlan(image);
  if (seen.image == plan::Job::kFailed && image.result->error().retryable()) {
    seen.image = plan::Job::kAbsent;  // the engine went away meanwhile: no verdict on the image
  } else if (seen.image == plan::Job::kFailed) {
    seen.imageFailure = {"BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE", image.result->error().message};
  }
  observeSources(build, seen);
  observeArtifacts(build, seen);
  seen.journal = toPlan(deps_.jobs.observe(build.id, runtime::JobStep::kReadJournal));
  if (auto status = observeContainer(build, observation); !status.ok()) return status.error();
  return observation;
}

Status Observer::observeLogs(const Build& build, plan::Observed& seen) const {
  if (build.phase() < Phase::kFinalizing || !guardedBy(build, kLogDeliveryFinalizer))
    return okStatus();
  auto logs = deps_.logs.observe(build);
  if (!logs.ok()) return logs.error();
  seen.logs = logs->state;
  seen.logsFailure = std::move(logs->failure);
  return okStatus();
}

// Once the sources are recorded the job tells nothing.
void Observer::observeSources(const Build& build, plan::Observed& seen) const {
  if (build.state.sourcesFetched) return;
  const auto job = deps_.jobs.observe(build.id, runtime::JobStep::kFetchSources);
  seen.sources = verdictOf(job, runtime::decodeDeliveredSources, seen.sourceFailure);
}

void Observer::observeArtifacts(const Build& build, plan::Observed& seen) const {
  if (build.phase() != Phase::kUploadArtifacts) return;
  const auto job = deps_.jobs.observe(build.id, runtime::JobStep::kUploadArtifacts);
  seen.upload = verdictOf(job, runtime::decodeUploadedArtifacts, seen.uploadFailure);
}

Status Observer::observeContainer(const Build& build, Observation& observation) {
  const bool alive =
      observation.seen.link == plan::Link::kAttached && !build.complete() && !build.deleted;
  if (alive) {  // an attached agent answers: its container runs
    observation.seen.container = plan::Container::kRunning;
    return okStatus();
  }
  auto status = deps_.runtime.inspect(build.id);
  if (status.ok()) {
    observation.seen.container = toPlan(status->state);
    if (status->state == runtime::ContainerState::kExited)
      observation.seen.containerEnd = endOf(*status);
    return okStatus();
  }
  if (!status.error().retryable()) return status.error();
  observation.engineError = status.error();
  return okStatus();
}

}  // namespace kiln::engine
