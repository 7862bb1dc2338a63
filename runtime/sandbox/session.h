// Session: one build's end of the protocol: either attached to a living agent, or reading what a dead one left in its journal.
//
// Owner: AgentSessions, which drops it when another takes its place. Threads: any; it has two of its own while attached.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/container_runtime.h"
#include "runtime/sandbox/agents.h"
#include "runtime/sandbox/journal_reader.h"
#include "runtime/sandbox/record_queue.h"
#include "runtime/sandbox/sessions.h"

namespace kiln::runtime {

class Session {
 public:
  // Says hello at once.
  Session(std::unique_ptr<AttachedStream> stream, std::uint64_t resumeAfter,
          AgentSessionSettings settings, std::function<void()> wake);
  // The journal of an agent that is no more.
  Session(std::unique_ptr<JournalReader> journal, std::uint64_t resumeAfter,
          AgentSessionSettings settings);
  // Detaches; what waits to be sent is dropped.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  AgentView view() const;
  std::vector<agent::Record> records(std::uint64_t sequence, std::size_t maxBytes) const;
  void acknowledge(std::uint64_t sequence);
  Status run(const agent::PhasePlan& plan);
  // Asks the agent to end everything, and gives the message a moment to leave.
  void stop();

 private:
  void read();
  void write();
  bool synchronize(std::string& bytes);
  bool take(agent::RecordReader& reader);
  bool keep(std::vector<agent::Record> records);
  void onReady(const agent::Record& ready);
  void lose();
  void send(const agent::Message& message);
  void refill();

  const AgentSessionSettings settings_;
  const std::function<void()> wake_;
  const std::string nonce_;
  const std::string syncLine_;
  std::unique_ptr<AttachedStream> stream_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Behind the lock:
  AgentView::Link link_;
  std::optional<Phase> phase_;
  RecordQueue queue_;
  std::size_t unacknowledgedBytes_ = 0;  // committed, but the agent has not been told
  std::deque<std::string> outgoing_;
  bool writing_ = false;
  bool detaching_ = false;
  std::unique_ptr<JournalReader> journal_;

  bool synchronized_ = false;  // the reader's own
  std::thread reader_;
  std::thread writer_;
};

}  // namespace kiln::runtime
