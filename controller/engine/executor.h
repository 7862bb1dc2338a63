// Executor: the effectful hand. Carries out one Step for one build and commits what is to be committed with it.
//
// Every effect is idempotent (runtime/container_runtime.h), so a step whose reply or commit was lost is simply done again. A failure that
// cannot mend itself ends the build as FAULT with the reason as context; any other is an Error, and the queue backs off.
// Any thread, one call per build at a time. Owner: main().
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/build.h"
#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "controller/engine/admission.h"
#include "controller/engine/probe.h"
#include "controller/engine/recorder.h"
#include "controller/plan/step.h"
#include "runtime/container_runtime.h"
#include "runtime/images/image_resolver.h"
#include "runtime/jobs/job_pool.h"
#include "runtime/sandbox/agents.h"
#include "runtime/sandbox/artifacts.h"
#include "runtime/sandbox/delivered_sources.h"
#include "store/logs/log_store.h"

namespace kiln::engine {

// One commit's worth of a chatty build's records, in bytes: large enough to be quick, small enough to be held in memory.
inline constexpr std::size_t kRecordsPerCommit = 4 << 20;

// What comes after a pass: nothing until something happens, or another look after `again` (zero: at once).
struct Pass {
  std::optional<Millis> again;
  bool undecided =
      false;  // work was begun or goes on that may yet fail: no success that ends a backoff
};

class Executor {
 public:
  struct Deps {
    runtime::ContainerRuntime& runtime;
    runtime::Agents& agents;
    runtime::JobPool& jobs;
    const runtime::ImageResolver& images;
    runtime::Sources& sources;
    runtime::Artifacts& artifacts;
    store::LogStore& logs;
    Recorder& recorder;
    Admission& admission;
    const Clock& clock;
    const Probe& probe;
    std::function<void(const BuildId&, const std::string&)>
        onProgress;  // of pulls, fetches and uploads
    std::string
        publicEndpoint;  // AWS_ENDPOINT_URL for builds; empty: made of the bridge address and `port`
    int port = 0;
    Millis minute{60'000};
  };
  explicit Executor(Deps deps) : deps_(std::move(deps)) {}

  Result<Pass> perform(const plan::Step& step, const Build& build);

 private:
  // One overload for each Step.
  Result<Pass> on(const plan::Wait& wait, const Build& build);
  Result<Pass> on(const plan::PrepareImage&, const Build& build);
  Result<Pass> on(const plan::RecordImage&, const Build& build);
  Result<Pass> on(const plan::CreateContainer&, const Build& build);
  Result<Pass> on(const plan::OpenLink&, const Build& build);
  Result<Pass> on(const plan::StartContainer&, const Build& build);
  Result<Pass> on(const plan::FetchSources&, const Build& build);
  Result<Pass> on(const plan::RecordSources&, const Build& build);
  Result<Pass> on(const plan::RunPhase&, const Build& build);
  Result<Pass> on(const plan::AbsorbRecords&, const Build& build);
  Result<Pass> on(const plan::ReadJournal&, const Build& build);
  Result<Pass> on(const plan::UploadArtifacts&, const Build& build);
  Result<Pass> on(const plan::RecordArtifacts&, const Build& build);
  Result<Pass> on(const plan::Finish& finish, const Build& build);
  Result<Pass> on(const plan::StopBuild&, const Build& build);
  Result<Pass> on(const plan::TimeOutBuild&, const Build& build);
  Result<Pass> on(const plan::RemoveContainer&, const Build& build);
  Result<Pass> on(const plan::ReleaseContainer&, const Build& build);
  Result<Pass> on(const plan::ReleaseLogs&, const Build& build);
  Result<Pass> on(const plan::EraseLog&, const Build& build);
  Result<Pass> on(const plan::EraseRecord&, const Build& build);

  Result<Pass> finish(const Build& build, PhaseStatus status, PhaseContext context,
                      LogAddition log);
  // The build's last words, then `conclude` and the commit.
  Result<Pass> conclude(const Build& build, const Build& concluded, std::string_view point);
  // Starts `work` as the build's job of that step; an earlier one's error comes first, so that the backoff knows of it.
  Result<Pass> startJob(const Build& build, runtime::JobStep step, std::string_view point,
                        std::function<runtime::JobResult(std::stop_token)> work);
  Result<Pass> prepareAgain(const Build& build);
  Result<Pass> giveUp(const Build& build, const Error& error);
  // How a DOWNLOAD_SOURCE ends that the agent never ran.
  Result<Pass> failDownload(const Build& build, const PhaseContext& context);
  Result<std::string> endpointForBuilds();
  Result<std::vector<std::string>> noticesFor(const Build& build);

  Deps deps_;
};

}  // namespace kiln::engine
