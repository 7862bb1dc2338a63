// GitProcess: one of git's own programs at work in a repository, with its input and output as streams.
//
// It sees nothing of ours but these streams: a cleared environment, no configuration of user or system, no hooks, no open files. It is
// killed with its children when this object goes, and the kernel kills it when the thread that started it ends.
// Threads: one may write while another one reads; stop() from any. Failure: kUnavailable when git is not there or does not start.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/result.h"

namespace kiln::store {

struct GitCommand {
  std::vector<std::string> arguments;  // after `git`: receive-pack, --stateless-rpc, .
  std::filesystem::path repository;    // its working directory
  std::string protocol;                // what the client wrote into Git-Protocol
  bool background = false;             // gives way to everything else
};

class GitProcess {
 public:
  static Result<std::unique_ptr<GitProcess>> start(const GitCommand& command);
  ~GitProcess();
  GitProcess(const GitProcess&) = delete;
  GitProcess& operator=(const GitProcess&) = delete;

  // Blocks while git is slow. False once git reads no more.
  bool write(std::string_view bytes);
  void closeInput();

  // What git says next: empty at the end, nullopt when it said nothing within `most`.
  std::optional<std::string> read(Millis most);

  // Its exit status, 128 and the signal's number for one that was killed. Blocks.
  int wait();
  // Ends it and its children.
  void stop();

  // The beginning of what it wrote to standard error.
  const std::string& complaint() const { return complaint_; }

 private:
  GitProcess(pid_t process, int input, int output, int errors);
  void readComplaint();
  bool endsWithin(Millis most) const;

  const pid_t process_;
  const int ended_;  // a file descriptor of the process, readable once it has ended; -1: none
  const int input_;
  int output_;
  int errors_;
  std::optional<int> status_;
  std::atomic<bool> reaped_{false};
  std::string complaint_;
};

// The environment of git's programs: `NAME=value` each. Shown for its tests.
std::vector<std::string> gitEnvironment(const std::string& protocol);

// Only what a client's Git-Protocol header may hold: `version=2:key`; anything else is empty.
std::string acceptableProtocol(std::string_view header);

}  // namespace kiln::store
