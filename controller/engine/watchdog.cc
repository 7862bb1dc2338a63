#include "controller/engine/watchdog.h"

#include <spdlog/spdlog.h>

#include "controller/engine/resync.h"

namespace kiln::engine {
namespace {

// What a phase should take at most when nothing is wrong; the phases that users' commands fill have their own deadline.
Millis expected(const Build& build, Millis minute) {
  switch (build.phase()) {
    case Phase::kSubmitted:
    case Phase::kFinalizing:
    case Phase::kCompleted: return minute / 10;
    case Phase::kProvisioning:
    case Phase::kDownloadSource:
    case Phase::kUploadArtifacts: return minute;
    case Phase::kQueued: return build.spec.queuedTimeout.count() * minute;
    case Phase::kInstall:
    case Phase::kPreBuild:
    case Phase::kBuild:
    case Phase::kPostBuild: return build.spec.timeout.count() * minute;
  }
  unreachable();
}

}  // namespace

Result<int> reportStuckBuilds(const store::Store& store, const Backoff& backoff, TimePoint now,
                              Millis minute) {
  int stuck = 0;
  auto all = forEachActiveBuild(store, [&](const Build& build) {
    if (build.complete() && guardedBy(build, kLogDeliveryFinalizer))
      return;  // the shipper's, which tells of it
    const auto since = now - build.current().start;
    if (since < 10 * expected(build, minute)) return;
    ++stuck;
    spdlog::error("event=build-stuck build={} phase={} seconds={} last_error=\"{}\"",
                  build.id.name(), name(build.phase()),
                  std::chrono::duration_cast<Seconds>(since).count(),
                  backoff.lastError(build.id.key()).value_or(""));
  });
  if (!all.ok()) return all.error();
  return stuck;
}

}  // namespace kiln::engine
