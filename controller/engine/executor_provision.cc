// The steps that bring the container up.
#include <utility>

#include "controller/engine/executor.h"
#include "controller/plan/planner.h"
#include "runtime/images/compute.h"

namespace kiln::engine {
namespace {

// The agent ends itself some time after the build's deadline; somebody who looks into the container is given longer.
constexpr std::chrono::hours kForTheShell{24};

}  // namespace

Result<Pass> Executor::on(const plan::PrepareImage&, const Build& build) {
  auto engine = deps_.runtime.info();
  if (!engine.ok()) return engine.error();
  auto limits = runtime::computeFor(build.spec.environmentType, build.spec.computeType, *engine);
  if (!limits.ok()) return finish(build, PhaseStatus::kFailed, limits.error(), {});
  runtime::ImageResolver::Request request{build.spec.image, build.spec.imagePullCredentialsType,
                                          build.spec.registryCredential};
  return startJob(build, runtime::JobStep::kPrepareImage, "prepare-image",
                  [this, request = std::move(request), id = build.id](std::stop_token stop) {
                    return deps_.images.resolve(request, std::move(stop),
                                                [&](const runtime::PullProgress& progress) {
                                                  deps_.onProgress(id, progress.text);
                                                });
                  });
}

Result<Pass> Executor::on(const plan::RecordImage&, const Build& build) {
  const auto job = deps_.jobs.observe(build.id, runtime::JobStep::kPrepareImage);
  if (!job.result || !job.result->ok()) return Pass{Millis::zero()};
  Build next = build;
  next.state.resolvedImage = **job.result;
  if (auto recorded = deps_.recorder.record(build, next, {}, "image"); !recorded.ok())
    return recorded.error();
  return Pass{Millis::zero()};
}

Result<Pass> Executor::on(const plan::CreateContainer&, const Build& build) {
  auto engine = deps_.runtime.info();
  if (!engine.ok()) return engine.error();
  auto limits = runtime::computeFor(build.spec.environmentType, build.spec.computeType, *engine);
  if (!limits.ok()) return finish(build, PhaseStatus::kFailed, limits.error(), {});
  auto deadline = *plan::deadlineOf(build, deps_.minute);
  if (guardedBy(build, kShellFinalizer)) deadline += kForTheShell;
  runtime::ContainerSpec spec;
  spec.image = build.state.resolvedImage;
  spec.command = {"--deadline", std::to_string(toUnixMillis(deadline))};
  spec.memoryBytes = limits->memoryBytes;
  spec.nanoCpus = limits->nanoCpus;
  spec.privileged = build.spec.privileged;
  reach(deps_.probe, "before", "create-container");
  auto created = deps_.runtime.ensureCreated(build.id, spec);
  reach(deps_.probe, "after", "create-container");
  if (created.ok()) return Pass{Millis::zero()};
  if (created.error().code != Code::kNotFound) return created.error();
  return prepareAgain(build);
}

// The image was there and is gone again: find it anew.
Result<Pass> Executor::prepareAgain(const Build& build) {
  deps_.jobs.forget(build.id);
  Build next = build;
  next.state.resolvedImage.clear();
  if (auto recorded = deps_.recorder.record(build, next, {}, "image"); !recorded.ok())
    return recorded.error();
  return Pass{Millis::zero()};
}

Result<Pass> Executor::on(const plan::StartContainer&, const Build& build) {
  reach(deps_.probe, "before", "start-container");
  auto started = deps_.runtime.ensureStarted(build.id);
  reach(deps_.probe, "after", "start-container");
  if (started.ok()) return Pass{Millis::zero()};
  Error error = started.error();
  if (build.spec.privileged && !error.retryable()) {
    error.message +=
        ". The build is privileged; where the engine refuses that, Kiln's setting "
        "engine.privileged=false gives builds "
        "only the engine's socket.";
  }
  return error;
}

Result<std::string> Executor::endpointForBuilds() {
  if (!deps_.publicEndpoint.empty()) return deps_.publicEndpoint;
  auto engine = deps_.runtime.info();
  if (!engine.ok()) return engine.error();
  if (engine->bridgeAddress.empty() || deps_.port == 0) return std::string();
  return "http://" + engine->bridgeAddress + ":" + std::to_string(deps_.port);
}

Result<std::vector<std::string>> Executor::noticesFor(const Build& build) {
  std::vector<std::string> notices;
  auto engine = deps_.runtime.info();
  if (!engine.ok()) return engine.error();
  if (auto limits =
          runtime::computeFor(build.spec.environmentType, build.spec.computeType, *engine);
      limits.ok() && !limits->notice.empty()) {
    notices.push_back(limits->notice);
  }
  if (build.state.resolvedImage != build.spec.image) {
    notices.push_back("Kiln runs the image " + build.state.resolvedImage + " in place of " +
                      build.spec.image);
  }
  return notices;
}

}  // namespace kiln::engine
