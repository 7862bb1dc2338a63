// The steps that bring the sources into the container.
#include <utility>

#include "controller/engine/executor.h"
#include "runtime/sandbox/phase_plan.h"

namespace kiln::engine {
namespace {

void takeVersion(Build& build, const runtime::DeliveredSources& delivered) {
  for (const auto& source : delivered.sources) {
    if (source.identifier.empty()) build.state.resolvedSourceVersion = source.resolvedVersion;
  }
}

}  // namespace

Result<Pass> Executor::on(const plan::FetchSources&, const Build& build) {
  return startJob(build, runtime::JobStep::kFetchSources, "fetch-sources",
                  [this, build](std::stop_token stop) -> runtime::JobResult {
                    auto delivered = deps_.sources.deliver(
                        build, std::move(stop),
                        [&](const std::string& line) { deps_.onProgress(build.id, line); });
                    if (!delivered.ok()) return delivered.error();
                    return runtime::encode(*delivered);
                  });
}

Result<Pass> Executor::on(const plan::RecordSources&, const Build& build) {
  const auto job = deps_.jobs.observe(build.id, runtime::JobStep::kFetchSources);
  if (!job.result || !job.result->ok()) return Pass{Millis::zero()};
  auto delivered = runtime::decodeDeliveredSources(**job.result);
  if (!delivered.ok()) return delivered.error();
  Build next = build;
  next.state.sourcesFetched = true;
  takeVersion(next, *delivered);
  auto recorded = deps_.recorder.record(build, next, {}, "sources",
                                        {{std::string(runtime::kSourcesNote), **job.result}});
  if (!recorded.ok()) return recorded.error();
  return Pass{Millis::zero()};
}

Result<Pass> Executor::failDownload(const Build& build, const PhaseContext& context) {
  const TimePoint now = deps_.clock.now();
  LogAddition log{{{now, runtime::failedDownloadLog(build, context, now)}}, 0};
  Build known = build;  // what was fetched has a version also when it has no buildspec
  const auto job = deps_.jobs.observe(build.id, runtime::JobStep::kFetchSources);
  if (job.result && job.result->ok()) {
    auto delivered = runtime::decodeDeliveredSources(**job.result);
    if (!delivered.ok()) return delivered.error();
    takeVersion(known, *delivered);
  }
  return finish(known, PhaseStatus::kFailed, context, std::move(log));
}

}  // namespace kiln::engine
