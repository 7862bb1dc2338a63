// Agents: the controller's end of the agent protocol, for all builds. AgentSessions (sessions.h) is the real one; a fake stands
// in for a million random schedules.
//
// A session holds the attached stream of one container, a thread that reads it and the records that came and are not
// committed yet. It holds back (stops reading) when `maxWaitingBytes` wait. Nothing in it is needed after a crash: open() asks the
// agent for all records after the last committed one.
// Threads: any. `wake` is called with the build whenever there is something new to look at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/ids.h"
#include "controller/core/phase.h"
#include "controller/core/result.h"
#include "runtime/agent/protocol.h"

namespace kiln::runtime {

struct AgentView {
  enum class Link {
    kNone,      // no session
    kOpening,   // attached, the agent has not answered yet
    kAttached,  // the agent answered; records flow
    kLost,      // the stream ended
    kDrained,   // everything the stopped container's journal had is here
  };
  Link link = Link::kNone;
  bool recordsWaiting = false;   // records after the last acknowledged one
  bool phaseEndWaiting = false;  // one of them ends a phase
  std::optional<Phase>
      phase;  // the last phase the agent was asked to run, by this controller or an earlier one
};

class Agents {
 public:
  virtual ~Agents() = default;

  virtual AgentView observe(const BuildId& id) const = 0;
  // Attaches and says hello; the container may not have started yet. Nothing if a live session is there already.
  virtual Status open(const BuildId& id, std::uint64_t resumeAfter) = 0;
  // Reads the journal out of a stopped container (blocks; for a job). Ends in kDrained.
  virtual Status readJournal(const BuildId& id, std::uint64_t resumeAfter) = 0;
  // Records after `sequence` in order, about `maxBytes` of them, ending with the first that ends a phase. They stay until acknowledged.
  virtual std::vector<agent::Record> records(const BuildId& id, std::uint64_t sequence,
                                             std::size_t maxBytes) const = 0;
  // All up to `sequence` is committed: forget it, and let the agent forget it.
  virtual void acknowledge(const BuildId& id, std::uint64_t sequence) = 0;
  virtual Status run(const BuildId& id, const agent::PhasePlan& plan) = 0;
  // Asks the agent to end everything and forgets the session. The engine may lose the request while output is under way:
  // who needs the container gone removes it.
  virtual void close(const BuildId& id) = 0;
};

}  // namespace kiln::runtime
