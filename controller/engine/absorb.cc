#include "controller/engine/absorb.h"

#include <utility>

namespace kiln::engine {
namespace {

void endPhase(Build& build, const std::vector<std::string>& fields, TimePoint now) {
  constexpr std::size_t kFields = 4;  // phase, status, failed command, reason
  if (fields.size() < kFields || build.complete()) return;
  if (phaseFromName(fields[0]) != build.phase()) return;
  if (fields[1] == name(PhaseStatus::kSucceeded)) {
    advance(build, PhaseStatus::kSucceeded, {}, now);
  } else {
    advance(build, PhaseStatus::kFailed,
            {"COMMAND_EXECUTION_ERROR", agent::commandErrorMessage(fields[2], fields[3])}, now);
  }
}

}  // namespace

Absorbed absorb(Build build, std::vector<agent::Record> records, std::uint64_t after,
                TimePoint now) {
  Absorbed result{std::move(build), {}, after};
  for (auto& record : records) {
    if (record.sequence <= result.sequence) continue;
    result.sequence = record.sequence;
    if (record.type == agent::RecordType::kOutput) {
      result.frames.push_back({fromUnixMicros(record.unixMicros), std::move(record.payload)});
    } else if (record.type == agent::RecordType::kPhaseFinished) {
      endPhase(result.build, record.fields(), now);
    }
  }
  return result;
}

}  // namespace kiln::engine
