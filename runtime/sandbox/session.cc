#include "runtime/sandbox/session.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace kiln::runtime {
namespace {

constexpr auto kFarewell = std::chrono::seconds(1);

std::string freshNonce() {
  std::random_device random;
  std::string nonce;
  for (int i = 0; i < 4; ++i) {
    unsigned value = random();
    for (int digit = 0; digit < 8; ++digit, value >>= 4) nonce += "0123456789abcdef"[value & 0xFU];
  }
  return nonce;
}

}  // namespace

Session::Session(std::unique_ptr<AttachedStream> stream, std::uint64_t resumeAfter,
                 AgentSessionSettings settings, std::function<void()> wake)
    : settings_(settings),
      wake_(std::move(wake)),
      nonce_(freshNonce()),
      syncLine_("\n" + std::string(agent::kSyncPrefix) + nonce_ + "\n"),
      stream_(std::move(stream)),
      link_(AgentView::Link::kOpening),
      queue_(resumeAfter) {
  // The empty line ends what a controller that died may have left unfinished.
  outgoing_.push_back("\n" +
                      agent::encodeMessage({"hello", {nonce_, std::to_string(resumeAfter)}}));
  reader_ = std::thread([this] { read(); });
  writer_ = std::thread([this] { write(); });
}

Session::Session(std::unique_ptr<JournalReader> journal, std::uint64_t resumeAfter,
                 AgentSessionSettings settings)
    : settings_(settings),
      link_(AgentView::Link::kDrained),
      queue_(resumeAfter),
      journal_(std::move(journal)) {
  refill();
}

Session::~Session() {
  if (!stream_) return;
  {
    std::lock_guard lock(mutex_);
    detaching_ = true;
  }
  changed_.notify_all();
  stream_->close();
  reader_.join();
  writer_.join();
}

AgentView Session::view() const {
  std::lock_guard lock(mutex_);
  return {link_, !queue_.empty(), queue_.phaseEnds() > 0, phase_};
}

std::vector<agent::Record> Session::records(std::uint64_t sequence, std::size_t maxBytes) const {
  std::lock_guard lock(mutex_);
  return queue_.after(sequence, maxBytes);
}

void Session::acknowledge(std::uint64_t sequence) {
  {
    std::lock_guard lock(mutex_);
    auto dropped = queue_.dropUpTo(sequence);
    unacknowledgedBytes_ += dropped.bytes;
    if (journal_) refill();
    bool due = dropped.phaseEnd || unacknowledgedBytes_ >= settings_.acknowledgeEvery;
    if (due && link_ == AgentView::Link::kAttached) {
      outgoing_.push_back(agent::encodeMessage({"ack", {std::to_string(sequence)}}));
      unacknowledgedBytes_ = 0;
    }
  }
  changed_.notify_all();
}

Status Session::run(const agent::PhasePlan& plan) {
  std::string message = agent::encodeMessage(agent::toMessage(plan));
  {
    std::lock_guard lock(mutex_);
    if (link_ != AgentView::Link::kAttached) {
      return Error{Code::kUnavailable,
                   "cannot ask for phase " + plan.phase + ": the agent is not attached"};
    }
    outgoing_.push_back(std::move(message));
    phase_ = phaseFromName(plan.phase);
  }
  changed_.notify_all();
  return okStatus();
}

void Session::stop() {
  std::unique_lock lock(mutex_);
  if (link_ != AgentView::Link::kAttached && link_ != AgentView::Link::kOpening) return;
  outgoing_.push_back(agent::encodeMessage({"stop", {}}));
  changed_.notify_all();
  changed_.wait_for(lock, kFarewell, [&] {
    return link_ == AgentView::Link::kLost || (outgoing_.empty() && !writing_);
  });
}

void Session::write() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(
        lock, [&] { return detaching_ || link_ == AgentView::Link::kLost || !outgoing_.empty(); });
    if (detaching_ || link_ == AgentView::Link::kLost) return;
    std::string message = std::move(outgoing_.front());
    outgoing_.pop_front();
    writing_ = true;
    lock.unlock();
    bool written = stream_->write(message).ok();
    lock.lock();
    writing_ = false;
    changed_.notify_all();
    if (!written) break;
  }
  lock.unlock();
  stream_->close();  // the reader sees the end and tells
}

void Session::read() {
  std::string unsynchronized;
  agent::RecordReader reader;
  for (;;) {
    auto chunk = stream_->read();
    if (!chunk || chunk->empty()) break;
    if (!synchronized_) {
      unsynchronized += *chunk;
      if (!synchronize(unsynchronized)) continue;
      *chunk = std::exchange(unsynchronized, {});
    }
    reader.push(*chunk);
    if (!take(reader)) break;
  }
  lose();
}

// Cuts off everything up to our own sync line, or all but what may be its beginning.
bool Session::synchronize(std::string& bytes) {
  std::size_t found = bytes.find(syncLine_);
  synchronized_ = found != std::string::npos;
  std::size_t cut = synchronized_ ? found + syncLine_.size()
                                  : bytes.size() - std::min(bytes.size(), syncLine_.size() - 1);
  bytes.erase(0, cut);
  return synchronized_;
}

// Whole records, up to what may wait; false when the stream cannot be trusted any more.
bool Session::take(agent::RecordReader& reader) {
  std::vector<agent::Record> batch;
  std::size_t bytes = 0;
  while (auto record = reader.next()) {
    bytes += record->payload.size();
    batch.push_back(std::move(*record));
    if (bytes < settings_.acknowledgeEvery) continue;
    if (!keep(std::exchange(batch, {}))) return false;
    bytes = 0;
  }
  return keep(std::move(batch)) && !reader.broken();
}

bool Session::keep(std::vector<agent::Record> records) {
  if (records.empty()) return true;
  bool whole = true;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return detaching_ || queue_.bytes() < settings_.maxWaitingBytes; });
    if (detaching_) return false;
    for (auto& record : records) {
      if (record.type == agent::RecordType::kReady) onReady(record);
      if (record.sequence == 0) continue;
      if (record.type == agent::RecordType::kPhaseStarted) {
        if (auto fields = record.fields(); !fields.empty())
          phase_ = std::max(phase_, phaseFromName(fields[0]));
      }
      whole = whole && queue_.push(std::move(record)) != RecordQueue::Taken::kGap;
    }
  }
  wake_();
  return whole;
}

void Session::onReady(const agent::Record& ready) {
  auto fields = ready.fields();
  if (fields.size() < 4 || fields[0] != nonce_) return;
  link_ = AgentView::Link::kAttached;
  phase_ = std::max(phase_, phaseFromName(fields[2]));
}

void Session::lose() {
  stream_->close();
  {
    std::lock_guard lock(mutex_);
    link_ = AgentView::Link::kLost;
    if (detaching_) return;
  }
  changed_.notify_all();
  wake_();
}

// Of a journal only as much is in memory as may wait.
void Session::refill() {
  while (queue_.bytes() < settings_.maxWaitingBytes) {
    auto record = journal_->next();
    if (!record) break;
    if (record->type == agent::RecordType::kPhaseStarted) {
      if (auto fields = record->fields(); !fields.empty())
        phase_ = std::max(phase_, phaseFromName(fields[0]));
    }
    if (queue_.push(std::move(*record)) == RecordQueue::Taken::kGap) break;
  }
}

}  // namespace kiln::runtime
