#include "tests/unit/sandbox/session_world.h"

#include <algorithm>

namespace kiln::runtime {
namespace {

class Stream final : public AttachedStream {
 public:
  explicit Stream(std::shared_ptr<FakeConnection> connection)
      : connection_(std::move(connection)) {}
  ~Stream() override { connection_->end(); }
  Result<std::string> read() override { return connection_->read(); }
  Status write(std::string_view bytes) override { return connection_->write(bytes); }
  void close() override { connection_->end(); }

 private:
  std::shared_ptr<FakeConnection> connection_;
};

}  // namespace

void FakeConnection::say(const std::string& bytes) {
  {
    std::lock_guard lock(mutex_);
    said_.push_back(bytes);
  }
  changed_.notify_all();
}

void FakeConnection::end() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
}

void FakeConnection::hang() {
  std::lock_guard lock(mutex_);
  hanging_ = true;
}

bool FakeConnection::ended() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

std::optional<agent::Message> FakeConnection::hear() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ended_ || heard_.find('\n') != std::string::npos; });
    std::size_t end = heard_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    auto message = agent::decodeMessage(heard_.substr(0, end));
    heard_.erase(0, end + 1);
    if (message) return message;
  }
}

Result<std::string> FakeConnection::read() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || !said_.empty(); });
  if (said_.empty()) return std::string();
  std::string bytes = std::move(said_.front());
  said_.pop_front();
  return bytes;
}

Status FakeConnection::write(std::string_view bytes) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || !hanging_; });
    if (ended_) return Error{Code::kUnavailable, "the stream has ended"};
    heard_ += bytes;
  }
  changed_.notify_all();
  return okStatus();
}

std::shared_ptr<FakeConnection> SessionWorld::connection() const {
  std::lock_guard lock(mutex_);
  return connections_.back();
}

int SessionWorld::attachments() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(connections_.size());
}

void SessionWorld::refuse(Error error) {
  std::lock_guard lock(mutex_);
  refusal_ = std::move(error);
}

void SessionWorld::whileCopying(std::function<void()> act) {
  std::lock_guard lock(mutex_);
  act_ = std::move(act);
}

void SessionWorld::setJournal(std::string tar) {
  std::lock_guard lock(mutex_);
  tar_ = std::move(tar);
}

void SessionWorld::answerHello(const std::string& lastPhase,
                               const std::vector<agent::Record>& records) {
  auto agent = connection();
  auto hello = agent->hear();
  std::string nonce = hello && hello->fields.size() == 2 ? hello->fields[0] : "";
  std::uint64_t last = records.empty() ? 0 : records.back().sequence;
  agent->say("\n" + std::string(agent::kSyncPrefix) + nonce + "\n");
  agent->say(
      agent::encodeRecord({0, agent::RecordType::kReady, 1,
                           agent::encodeFields({nonce, std::to_string(last), lastPhase, "idle"})}));
  if (!records.empty()) agent->say(wire(records));
}

Result<std::unique_ptr<AttachedStream>> SessionWorld::attach(const BuildId&) {
  std::lock_guard lock(mutex_);
  if (refusal_) return *refusal_;
  connections_.push_back(std::make_shared<FakeConnection>());
  return std::unique_ptr<AttachedStream>(std::make_unique<Stream>(connections_.back()));
}

Status SessionWorld::copyOut(const BuildId&, const std::string& path, std::stop_token,
                             const std::function<Status(std::string_view)>& sink) {
  std::string tar;
  {
    std::lock_guard lock(mutex_);
    if (refusal_) return *refusal_;
    if (path == agent::kJournalDirectory) tar = tar_;
  }
  if (act_) act_();
  for (std::size_t at = 0; at < tar.size(); at += 1000) {
    if (auto taken = sink(std::string_view(tar).substr(at, 1000)); !taken) return taken;
  }
  return okStatus();
}

agent::Record outputRecord(std::uint64_t sequence, std::string bytes) {
  return {sequence, agent::RecordType::kOutput, 1, std::move(bytes)};
}

agent::Record phaseEndRecord(std::uint64_t sequence, const std::string& phase) {
  return {sequence, agent::RecordType::kPhaseFinished, 1,
          agent::encodeFields({phase, "SUCCEEDED", "", ""})};
}

agent::PhasePlan planOf(const std::string& phase) {
  agent::PhasePlan plan;
  plan.phase = phase;
  return plan;
}

std::string wire(const std::vector<agent::Record>& records) {
  std::string bytes;
  for (const auto& record : records) bytes += agent::encodeRecord(record);
  return bytes;
}

}  // namespace kiln::runtime
