// PhaseRunner: carries out phase plans, one command at a time, and records every step before it is taken.
//
// A phase is run once: plans at or before the last one asked for are ignored. The owner tells it when its process ended and how much
// output was read; step() goes on from there until there is something to wait for. It takes no step while the journal is blocked,
// so that a command never runs whose start is not on record. UPLOAD_ARTIFACTS has no commands: its one process collects what the build
// has made.
// Owner: Agent. One thread.
#pragma once

#include <sys/types.h>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/agent/build_log.h"
#include "runtime/agent/collection.h"
#include "runtime/agent/journal.h"
#include "runtime/agent/protocol.h"
#include "runtime/agent/workspace.h"

namespace kiln::agent {

class PhaseRunner {
 public:
  PhaseRunner(Journal& journal, BuildLog& log, Workspace& workspace)
      : journal_(journal), log_(log), workspace_(workspace) {}

  // False when it was asked for before.
  bool request(PhasePlan plan);
  const std::string& lastAsked() const { return lastAsked_; }
  bool idle() const { return state_ == State::kIdle && requested_.empty(); }

  void step();

  pid_t process() const { return process_; }  // 0: none
  // `unread` bytes of its output, or of others', are still in the pipe.
  void exited(int waitStatus, std::size_t unread);
  void outputRead(std::size_t bytes);

  // No further command is started, and the phase under way gets no verdict: it was ended from outside.
  void abandon();

 private:
  enum class State { kIdle, kChoosing, kRecorded, kExecuting, kDraining };

  void beginPhase();
  void chooseCommand();
  void launch();
  void finishCommand(const std::string& end, bool success);
  void finishPhase();
  bool collects() const;
  void collect();
  void finishCollecting(const Result<std::string>& collected);
  void fail(std::string_view command, std::string_view reason);
  void record(RecordType type, const std::vector<std::string>& fields);
  const std::string& command() const;

  Journal& journal_;
  BuildLog& log_;
  Workspace& workspace_;
  State state_ = State::kIdle;
  std::deque<PhasePlan> requested_;
  std::string lastAsked_;
  PhasePlan plan_;
  std::size_t next_ = 0;  // index over commands, then finallyCommands
  struct Failure {
    std::string command;
    std::string reason;
  };
  std::optional<Failure> failure_;
  Collection collection_;
  pid_t process_ = 0;
  int waitStatus_ = 0;
  std::size_t unread_ = 0;
  bool abandoned_ = false;
};

}  // namespace kiln::agent
