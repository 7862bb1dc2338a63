// Agent: the one loop of the container's first process. It waits for messages, output, ended children, clients of the credentials
// endpoint and its timers, and lets the parts act; nothing in it blocks.
//
// Owner: main(). One thread. It ends on `stop`, at its deadline, on SIGTERM from outside, or when its journal was destroyed.
#pragma once

#include <poll.h>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/agent/build_log.h"
#include "runtime/agent/credentials_server.h"
#include "runtime/agent/journal.h"
#include "runtime/agent/phase_runner.h"
#include "runtime/agent/uplink.h"
#include "runtime/agent/workspace.h"

namespace kiln::agent {

struct AgentOptions {
  std::int64_t deadlineMicros =
      0;  // 0: none. The agent adds a grace, so that the controller's own deadline comes first
  std::string root;  // put before the agent's own paths; empty in a container
};

class Agent {
 public:
  explicit Agent(const AgentOptions& options);

  // Takes the journal's place on disk and descriptors 0, 1 and 2: from here on they belong to the commands.
  Status prepare();
  // The process's exit status.
  int run();

 private:
  enum Polled : std::size_t { kSignals, kMessages, kRecords, kOutput, kFixed };

  void waitForSomething();
  std::int64_t nextTimer(std::int64_t now) const;
  void onSignals();
  void reap();
  void onMessages();
  void onHello(const Message& message);
  void onRun(const Message& message);
  void readOutput();
  std::size_t unreadOutput() const;
  void onTimers();
  void end(int exitStatus);
  void killEverything() const;
  bool ended() const;

  AgentOptions options_;
  Workspace workspace_;
  Journal journal_;
  BuildLog log_;
  PhaseRunner runner_;
  Uplink uplink_;
  CredentialsServer credentials_;
  Fd signals_;
  Fd output_;  // what commands write to their descriptors 1 and 2
  std::string buffer_;
  std::vector<pollfd> polled_;
  std::int64_t lastHeartbeat_ = 0;
  // Set by end(): when what still runs is killed, and when we go whatever is left to send.
  std::int64_t killAt_ = 0;
  std::int64_t goAt_ = 0;
  int exitStatus_ = 0;
};

}  // namespace kiln::agent
