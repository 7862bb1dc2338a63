// The steps that talk to the agent.
#include <utility>

#include "controller/engine/absorb.h"
#include "controller/engine/executor.h"
#include "runtime/sandbox/phase_plan.h"

namespace kiln::engine {

Result<Pass> Executor::on(const plan::OpenLink&, const Build& build) {
  auto progress = deps_.recorder.progressOf(build.id);
  if (!progress.ok()) return progress.error();
  reach(deps_.probe, "before", "open-link");
  auto opened = deps_.agents.open(build.id, progress->agentSequence);
  reach(deps_.probe, "after", "open-link");
  if (!opened.ok()) return opened.error();
  return Pass{Millis::zero()};
}

Result<Pass> Executor::on(const plan::RunPhase&, const Build& build) {
  runtime::SandboxFacts facts;
  auto sources = deps_.recorder.sourcesOf(build.id);
  if (!sources.ok()) return sources.error();
  facts.sources = *std::move(sources);
  if (build.phase() == Phase::kDownloadSource) {
    auto endpoint = endpointForBuilds();
    if (!endpoint.ok()) return endpoint.error();
    auto notices = noticesFor(build);
    if (!notices.ok()) return notices.error();
    facts.endpointUrl = *std::move(endpoint);
    facts.logNotices = *std::move(notices);
  }
  auto planned = runtime::makePhasePlan(build, build.phase(), facts);
  if (!planned.ok()) return failDownload(build, planned.error());
  reach(deps_.probe, "before", "run-phase");
  auto sent = deps_.agents.run(build.id, *planned);
  reach(deps_.probe, "after", "run-phase");
  if (!sent.ok()) return sent.error();
  return Pass{Millis::zero()};
}

Result<Pass> Executor::on(const plan::AbsorbRecords&, const Build& build) {
  // Here and not at the end of a build, which takes the rest: a stop has to end one that waits.
  if (auto room = deps_.logs.checkRoom(); !room.ok()) return room.error();
  auto progress = deps_.recorder.progressOf(build.id);
  if (!progress.ok()) return progress.error();
  auto records = deps_.agents.records(build.id, progress->agentSequence, kRecordsPerCommit);
  auto absorbed = absorb(build, std::move(records), progress->agentSequence, deps_.clock.now());
  if (absorbed.sequence != progress->agentSequence) {
    LogAddition log{std::move(absorbed.frames), absorbed.sequence};
    std::vector<store::Note> notes;
    if (absorbed.artifacts)
      notes.push_back({std::string(runtime::kArtifactsNote), runtime::encode(*absorbed.artifacts)});
    auto done = deps_.recorder.record(build, absorbed.build, std::move(log), "absorb", notes);
    if (!done.ok()) return done.error();
  }
  deps_.agents.acknowledge(build.id, absorbed.sequence);
  return Pass{Millis::zero()};
}

Result<Pass> Executor::on(const plan::ReadJournal&, const Build& build) {
  auto progress = deps_.recorder.progressOf(build.id);
  if (!progress.ok()) return progress.error();
  const auto resumeAfter = progress->agentSequence;
  return startJob(build, runtime::JobStep::kReadJournal, "read-journal",
                  [this, id = build.id, resumeAfter](std::stop_token) {
                    auto read = deps_.agents.readJournal(id, resumeAfter);
                    return read.ok() ? runtime::JobResult(std::string())
                                     : runtime::JobResult(read.error());
                  });
}

}  // namespace kiln::engine
