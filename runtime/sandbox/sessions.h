// AgentSessions: the Agents of real containers: one attached stream, one reading and one writing thread per open session.
//
// The reader asks for what follows the last committed record, drops what came twice, and gives the stream up (kLost) when a record
// is missing or unreadable: opening again mends it, because the agent's journal has everything. It stops reading while
// `maxWaitingBytes` wait to be acknowledged. Messages go out through a queue, so an agent that hangs holds nobody up.
// Owner: main(); the runtime outlives it. Threads: any; `wake` is called without a lock held and must not
// call back in (it enqueues). Destruction detaches: containers go on.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/core/guarded.h"
#include "runtime/container_runtime.h"
#include "runtime/sandbox/agents.h"

namespace kiln::runtime {

class Session;

struct AgentSessionSettings {
  std::size_t maxWaitingBytes = std::size_t{8} << 20;
  std::size_t acknowledgeEvery =
      std::size_t{1} << 20;  // bytes committed between two `ack`s; a phase's end is told at once
};

class AgentSessions final : public Agents {
 public:
  AgentSessions(ContainerRuntime& runtime, std::function<void(const BuildId&)> wake,
                AgentSessionSettings settings = {});
  ~AgentSessions() override;
  AgentSessions(const AgentSessions&) = delete;
  AgentSessions& operator=(const AgentSessions&) = delete;

  AgentView observe(const BuildId& id) const override;
  Status open(const BuildId& id, std::uint64_t resumeAfter) override;
  Status readJournal(const BuildId& id, std::uint64_t resumeAfter) override;
  std::vector<agent::Record> records(const BuildId& id, std::uint64_t sequence,
                                     std::size_t maxBytes) const override;
  void acknowledge(const BuildId& id, std::uint64_t sequence) override;
  Status run(const BuildId& id, const agent::PhasePlan& plan) override;
  void close(const BuildId& id) override;

 private:
  std::shared_ptr<Session> find(const BuildId& id) const;
  struct State {
    std::map<BuildId, std::shared_ptr<Session>> sessions;
    std::map<BuildId, bool>
        reading;  // journals being copied; true: closed meanwhile, drop what comes
  };

  // Puts `session` in the place of what was there, which is detached.
  void replace(const BuildId& id, std::shared_ptr<Session> session);

  ContainerRuntime& runtime_;
  std::function<void(const BuildId&)> wake_;
  AgentSessionSettings settings_;
  Guarded<State> state_;
};

}  // namespace kiln::runtime
