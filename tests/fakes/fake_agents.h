// FakeAgents: the agents inside FakeRuntime's containers, and the controller's sessions with them, without a thread.
//
// Two halves, as in life. The agent's half lives with the container: its journal, the phase it was asked to run, how far it is;
// it survives everything but the container's removal. The session's half lives with the controller: restartController() loses all of it.
// Time passes in step(): each call lets agents do one thing (answer hello, or produce the next record) and sends it.
// Threads: any. Deterministic for a given order of calls and seed. `wake` is called outside the lock.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "controller/core/clock.h"
#include "runtime/sandbox/agents.h"
#include "tests/fakes/fake_runtime.h"

namespace kiln::fakes {

// How a phase goes once it is run.
struct PhaseScript {
  bool succeeds = true;
  std::vector<std::string> output = {};  // one record each
  std::string failedCommand = "false";   // when it does not succeed
  std::string reason = "exit status 1";
  bool hangs = false;  // never ends by itself
  // The container ends, with this code, instead of finishing the phase.
  std::optional<int> containerExits = {};
};

class FakeAgents final : public runtime::Agents {
 public:
  FakeAgents(FakeRuntime& runtime, const Clock& clock,
             std::function<void(const BuildId&)> wake = {});

  runtime::AgentView observe(const BuildId& id) const override;
  Status open(const BuildId& id, std::uint64_t resumeAfter) override;
  Status readJournal(const BuildId& id, std::uint64_t resumeAfter) override;
  std::vector<agent::Record> records(const BuildId& id, std::uint64_t sequence,
                                     std::size_t maxBytes) const override;
  void acknowledge(const BuildId& id, std::uint64_t sequence) override;
  Status run(const BuildId& id, const agent::PhasePlan& plan) override;
  void close(const BuildId& id) override;

  // The script of phases run from now on; default: every phase prints one line and succeeds.
  void setScript(std::function<PhaseScript(const BuildId&, const agent::PhasePlan&)> script);
  bool step(const BuildId& id);      // whether anything happened
  bool step();                       // every build once, in order of id
  void restartController();          // all sessions are gone; the agents never notice
  void dropLink(const BuildId& id);  // the stream ends; container and agent go on
  void failNextOpen(const BuildId& id);
  void loseNextRun(const BuildId& id);  // run() says ok; the link drops before the agent gets it
  // open() fails, a link drops in step(), a run is lost: each with this probability. 0 ends it.
  void setRandomFaults(std::uint64_t seed, double probability);

  // What happened.
  int runsOf(const BuildId& id,
             Phase phase) const;  // how often it really began, over all of the build's containers
  std::optional<agent::PhasePlan> planOf(const BuildId& id, Phase phase) const;  // as last run
  std::uint64_t lastSequence(const BuildId& id) const;  // of the agent in the container there now
  std::size_t journalSize(const BuildId& id) const;     // records not acknowledged yet
  bool hasSession(const BuildId& id) const;

 private:
  struct Agent {  // in one container
    std::uint64_t incarnation = 0;
    std::uint64_t lastSequence = 0;
    std::deque<agent::Record> journal;
    std::optional<Phase> asked;
    std::deque<std::function<void(Agent&)>> work;  // what is left of the running phase
  };
  struct Session {
    std::uint64_t incarnation = 0;
    std::uint64_t outages = 0;  // of the engine, when it was opened
    runtime::AgentView::Link link = runtime::AgentView::Link::kOpening;
    std::optional<Phase> phase;
    std::uint64_t received = 0;  // the last record that came
    std::deque<agent::Record> waiting;
  };

  Agent* agentOf(
      const BuildId& id);  // of the container there now, running or not; null: it never ran
  const Agent* agentOf(const BuildId& id) const;
  runtime::AgentView::Link linkOf(const BuildId& id, const Session& session) const;
  void append(Agent& to, agent::RecordType type, std::string payload) const;
  void begin(Agent& to, const BuildId& id, const agent::PhasePlan& plan);
  void collect(Agent& to, const agent::PhasePlan& plan);
  bool stepLocked(const BuildId& id);
  static void send(const Agent& from, Session& to);
  bool chance();

  FakeRuntime& runtime_;
  const Clock& clock_;
  const std::function<void(const BuildId&)> wake_;
  mutable std::mutex mutex_;
  std::function<PhaseScript(const BuildId&, const agent::PhasePlan&)> script_;
  std::map<BuildId, Agent> agents_;
  std::map<BuildId, Session> sessions_;
  std::map<std::pair<BuildId, Phase>, int> runs_;
  std::map<std::pair<BuildId, Phase>, agent::PhasePlan> plans_;
  std::map<BuildId, int> openFailures_, runLosses_;
  std::mt19937_64 random_;
  double faultProbability_ = 0;
};

}  // namespace kiln::fakes
