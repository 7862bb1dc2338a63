#include "runtime/sandbox/record_queue.h"

namespace kiln::runtime {
namespace {

// What a record costs beside its payload.
constexpr std::size_t kRecordBytes = sizeof(agent::Record);

std::size_t sizeOf(const agent::Record& record) { return kRecordBytes + record.payload.size(); }
bool endsPhase(const agent::Record& record) {
  return record.type == agent::RecordType::kPhaseFinished;
}

}  // namespace

RecordQueue::Taken RecordQueue::push(agent::Record record) {
  if (record.sequence <= last_) return Taken::kDouble;
  if (record.sequence != last_ + 1) return Taken::kGap;
  last_ = record.sequence;
  bytes_ += sizeOf(record);
  phaseEnds_ += endsPhase(record) ? 1 : 0;
  records_.push_back(std::move(record));
  return Taken::kNew;
}

std::vector<agent::Record> RecordQueue::after(std::uint64_t sequence, std::size_t maxBytes) const {
  std::vector<agent::Record> out;
  if (records_.empty() || sequence >= last_) return out;
  std::uint64_t first = records_.front().sequence;
  std::size_t taken = 0;
  for (std::size_t i = sequence < first ? 0 : sequence - first + 1; i < records_.size(); ++i) {
    taken += sizeOf(records_[i]);
    if (!out.empty() && taken > maxBytes) break;
    out.push_back(records_[i]);
    if (endsPhase(out.back())) break;
  }
  return out;
}

RecordQueue::Dropped RecordQueue::dropUpTo(std::uint64_t sequence) {
  Dropped dropped;
  while (!records_.empty() && records_.front().sequence <= sequence) {
    dropped.bytes += sizeOf(records_.front());
    if (endsPhase(records_.front())) {
      dropped.phaseEnd = true;
      --phaseEnds_;
    }
    records_.pop_front();
  }
  bytes_ -= dropped.bytes;
  return dropped;
}

}  // namespace kiln::runtime
