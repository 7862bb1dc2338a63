#include "controller/engine/absorb.h"

#include <utility>

#include "runtime/sandbox/phase_plan.h"

namespace kiln::engine {
namespace {

void endAgentPhase(Build& build, const std::vector<std::string>& fields, TimePoint now) {
  if (fields[1] == name(PhaseStatus::kSucceeded)) {
    advance(build, PhaseStatus::kSucceeded, {}, now);
  } else {
    advance(build, PhaseStatus::kFailed,
            {"COMMAND_EXECUTION_ERROR", agent::commandErrorMessage(fields[2], fields[3])}, now);
  }
}

// The agent has done its part of UPLOAD_ARTIFACTS: only its failure ends the phase, and the log's last words are ours.
void endCollecting(Absorbed& to, const std::vector<std::string>& fields, TimePoint now) {
  const bool done = fields[1] == name(PhaseStatus::kSucceeded);
  if (done && to.build.state.artifactsCollected) return;
  const PhaseContext context{"CLIENT_ERROR",
                             done ? "the agent did not tell what it has collected" : fields[3]};
  to.frames.push_back({now, runtime::phaseCompleteLog(Phase::kUploadArtifacts, PhaseStatus::kFailed,
                                                      context, now)});
  advance(to.build, PhaseStatus::kFailed, context, now);
}

void endPhase(Absorbed& to, const std::vector<std::string>& fields, TimePoint now) {
  constexpr std::size_t kFields = 4;  // phase, status, failed command, reason
  if (fields.size() < kFields || to.build.complete()) return;
  if (phaseFromName(fields[0]) != to.build.phase()) return;
  if (to.build.phase() == Phase::kUploadArtifacts) return endCollecting(to, fields, now);
  endAgentPhase(to.build, fields, now);
}

void takeArtifacts(Absorbed& to, const agent::Record& record) {
  if (to.build.complete() || to.build.phase() != Phase::kUploadArtifacts) return;
  auto collected = runtime::collectedArtifacts(record);
  if (!collected.ok()) return;  // not of an agent of ours: the phase's end says so
  to.artifacts = *std::move(collected);
  to.build.state.artifactsCollected = true;
}

}  // namespace

Absorbed absorb(Build build, std::vector<agent::Record> records, std::uint64_t after,
                TimePoint now) {
  Absorbed result{std::move(build), {}, after, {}};
  for (auto& record : records) {
    if (record.sequence <= result.sequence) continue;
    result.sequence = record.sequence;
    if (record.type == agent::RecordType::kOutput) {
      result.frames.push_back({fromUnixMicros(record.unixMicros), std::move(record.payload)});
    } else if (record.type == agent::RecordType::kPhaseFinished) {
      endPhase(result, record.fields(), now);
    } else if (record.type == agent::RecordType::kArtifacts) {
      takeArtifacts(result, record);
    }
  }
  return result;
}

}  // namespace kiln::engine
