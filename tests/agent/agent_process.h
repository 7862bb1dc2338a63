// The real agent as a child process of the test, with a directory of its own in the place of a container's root.
//
// A "connection" is a hello with a new nonce: what the agent wrote for an earlier one is thrown away by its reader, as the engine
// throws away what nobody is attached to read.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/agent/protocol.h"

namespace kiln::agent {

constexpr std::chrono::seconds kPatience{60};  // only a failure takes so long

class AgentProcess {
 public:
  explicit AgentProcess(std::vector<std::string> arguments = {});
  ~AgentProcess();  // kills it, and removes its directory
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  // Says hello and reads up to the `ready` record of this hello, whose fields it answers.
  std::vector<std::string> connect(std::uint64_t resumeAfter);
  void send(const Message& message);
  void sendRaw(std::string_view bytes);
  void run(const PhasePlan& plan) { send(toMessage(plan)); }
  void acknowledge(std::uint64_t sequence) { send({"ack", {std::to_string(sequence)}}); }

  // The next numbered record; nullopt when none came in time or the agent is gone.
  std::optional<Record> next(std::chrono::seconds patience = kPatience);
  // Records up to and with the one that ends a phase.
  std::vector<Record> untilPhaseEnd();
  // About `bytes` of what the agent writes are read and thrown away.
  void discard(std::size_t bytes);
  // Nothing that it wrote waits to be read.
  bool silent() const;
  // Both directions end.
  void hangUp();

  std::filesystem::path root() const { return root_; }
  std::filesystem::path journal() const { return root_ / ".kiln/journal"; }
  pid_t pid() const { return pid_; }
  // Exit status, once it has ended by itself; nullopt when it does not in time.
  std::optional<int> waitForExit(std::chrono::seconds patience = kPatience);

 private:
  bool fill(std::chrono::steady_clock::time_point until);

  std::filesystem::path root_;
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int connections_ = 0;
  std::string unsynchronized_;
  RecordReader reader_;
};

// True as soon as `holds` does; false when it does not in time.
bool eventually(const std::function<bool()>& holds, std::chrono::seconds patience = kPatience);

// No such process runs; one that nobody has waited for is gone too.
bool gone(pid_t process);

// The log that the records make, and the same without the time stamps of the agent's lines.
std::string logOf(const std::vector<Record>& records);
std::string plainLogOf(const std::vector<Record>& records);

// A plan whose commands run in `process`'s own directory `work`.
PhasePlan planFor(const AgentProcess& process, std::string phase,
                  std::vector<std::string> commands);

}  // namespace kiln::agent
