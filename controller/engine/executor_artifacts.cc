// The steps that bring the artifacts out of the container.
#include <utility>

#include "controller/engine/executor.h"
#include "runtime/sandbox/phase_plan.h"

namespace kiln::engine {

Result<Pass> Executor::on(const plan::UploadArtifacts&, const Build& build) {
  auto collected = deps_.recorder.artifactsOf(build.id);
  if (!collected.ok()) return collected.error();
  return startJob(
      build, runtime::JobStep::kUploadArtifacts, "upload-artifacts",
      [this, build, all = *std::move(collected)](std::stop_token stop) -> runtime::JobResult {
        auto uploaded = deps_.artifacts.upload(
            build, all, std::move(stop),
            [&](const std::string& line) { deps_.onProgress(build.id, line); });
        if (!uploaded.ok()) return uploaded.error();
        return runtime::encode(*uploaded);
      });
}

Result<Pass> Executor::on(const plan::RecordArtifacts&, const Build& build) {
  const auto job = deps_.jobs.observe(build.id, runtime::JobStep::kUploadArtifacts);
  if (!job.result || !job.result->ok()) return Pass{Millis::zero()};
  auto uploaded = runtime::decodeUploadedArtifacts(**job.result);
  if (!uploaded.ok()) return uploaded.error();
  Build next = build;
  next.state.artifacts = std::move(uploaded->artifacts);
  const TimePoint now = deps_.clock.now();
  advance(next, PhaseStatus::kSucceeded, {}, now);
  LogAddition log;
  log.frames.push_back(
      {now, runtime::phaseCompleteLog(build.phase(), PhaseStatus::kSucceeded, {}, now)});
  auto recorded = deps_.recorder.record(build, next, std::move(log), "artifacts");
  if (!recorded.ok()) return recorded.error();
  return Pass{Millis::zero()};
}

}  // namespace kiln::engine
