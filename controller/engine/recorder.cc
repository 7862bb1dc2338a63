#include "controller/engine/recorder.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "runtime/agent/protocol.h"
#include "store/records/build_event.h"
#include "store/records/build_record.h"
#include "store/records/new_build.h"

namespace kiln::engine {
namespace {

void logTransitions(const Build& before, const Build& after) {
  for (std::size_t i = before.state.phases.size() - 1; i < after.state.phases.size(); ++i) {
    const auto& record = after.state.phases[i];
    if (record.status) {
      spdlog::info("event=phase-ended build={} phase={} status={}", after.id.name(),
                   name(record.phase), name(*record.status));
    }
  }
  if (after.complete() && !before.complete()) {
    spdlog::info("event=build-ended build={} status={}", after.id.name(),
                 name(after.state.outcome));
  }
}

}  // namespace

Result<store::LogProgress> Recorder::progressOf(const BuildId& id) const {
  auto note = deps_.store.findNote(id.key(), store::kLogProgressNote);
  if (!note.ok()) return note.error();
  if (!note->has_value()) return store::LogProgress{};
  return store::decodeLogProgress(**note);
}

Result<runtime::DeliveredSources> Recorder::sourcesOf(const BuildId& id) const {
  auto note = deps_.store.findNote(id.key(), runtime::kSourcesNote);
  if (!note.ok()) return note.error();
  if (!note->has_value()) return runtime::DeliveredSources{};
  return runtime::decodeDeliveredSources(**note);
}

Result<runtime::CollectedArtifacts> Recorder::artifactsOf(const BuildId& id) const {
  auto note = deps_.store.findNote(id.key(), runtime::kArtifactsNote);
  if (!note.ok()) return note.error();
  if (!note->has_value()) return runtime::CollectedArtifacts{};
  return runtime::decodeCollectedArtifacts(**note);
}

Result<std::optional<store::LogProgress>> Recorder::appendLog(const Build& build,
                                                              const LogAddition& log) {
  if (log.frames.empty() && log.agentSequence == 0) return std::optional<store::LogProgress>();
  auto progress = progressOf(build.id);
  if (!progress.ok()) return progress.error();
  auto length = deps_.logs.append(build.id, progress->bytes, log.frames);
  if (!length.ok()) return length.error();
  // The agent forgets what it is told is committed, so it has to be on disk by then.
  if (log.agentSequence != 0) {
    if (auto synced = deps_.logs.sync(build.id); !synced.ok()) return synced.error();
    progress->agentSequence = std::max(progress->agentSequence, log.agentSequence);
  }
  progress->bytes = *length;
  return std::optional(*progress);
}

Status Recorder::record(const Build& before, const Build& after, LogAddition log,
                        std::string_view point, const std::vector<store::Note>& notes) {
  auto progress = appendLog(before, log);
  if (!progress.ok()) return progress.error();
  const bool ended = after.complete() && !before.complete();
  const auto durability =
      ended || log.agentSequence != 0 ? store::Durability::kSynced : store::Durability::kBuffered;
  reach(deps_.probe, "before-commit", point);
  auto version = deps_.store.commit(
      durability, [&](store::Txn& txn) { return write(txn, before, after, *progress, notes); });
  if (!version.ok()) return version.error();
  reach(deps_.probe, "after-commit", point);
  for (std::size_t i = before.state.phases.size() - 1; i < after.state.phases.size(); ++i) {
    deps_.metrics.phaseEnded(after.state.phases[i]);
  }
  if (ended) deps_.metrics.buildEnded(after.state.outcome);
  logTransitions(before, after);
  return okStatus();
}

Status Recorder::tell(const Build& build, const std::string& line) {
  const TimePoint now = deps_.clock.now();
  const bool lineMayBeOpen = build.phase() >= Phase::kInstall && build.phase() <= Phase::kPostBuild;
  LogAddition log;
  log.frames.push_back(
      {now, (lineMayBeOpen ? "\n" : "") + agent::containerLine(toUnixMicros(now), line)});
  return record(build, build, std::move(log), "line");
}

Status Recorder::write(store::Txn& txn, const Build& before, Build after,
                       const std::optional<store::LogProgress>& progress,
                       const std::vector<store::Note>& notes) {
  for (const auto& note : notes) {
    if (auto put = txn.putNote(after.id.key(), note.name, note.value); !put.ok()) return put;
  }
  if (progress) {
    if (auto put = txn.putNote(after.id.key(), store::kLogProgressNote, store::encode(*progress));
        !put.ok())
      return put;
  }
  const bool ended = after.complete() && !before.complete();
  if (ended && store::wantsAutoRetry(after)) {
    auto number = txn.nextNumber(after.id.scope, store::buildNumberCounter(after.id.project));
    if (!number.ok()) return number.error();
    const Build retry =
        store::autoRetryOf(after, nameUuid(after.id.arn() + "/retry"), *number, deps_.clock.now());
    after.state.nextAutoRetry = retry.id.arn();
    if (auto made = txn.create(store::toResource(retry)); !made.ok()) return made;
    for (auto& event : store::eventsBetween(nullptr, retry)) txn.emit(std::move(event));
  }
  const auto record = store::toResource(after);
  if (record.status == store::toResource(before).status && before.finalizers == after.finalizers)
    return okStatus();
  if (auto updated = txn.update(record, store::Half::kStatus); !updated.ok()) return updated;
  for (auto& event : store::eventsBetween(&before, after)) txn.emit(std::move(event));
  return okStatus();
}

Status Recorder::erase(const Build& build) {
  reach(deps_.probe, "before-commit", "erase");
  auto version = deps_.store.commit(store::Durability::kBuffered, [&](store::Txn& txn) {
    return txn.erase(build.id.key(), build.resourceVersion);
  });
  reach(deps_.probe, "after-commit", "erase");
  return dropValue(version);
}

}  // namespace kiln::engine
