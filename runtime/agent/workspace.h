// Workspace: the files by which one command hands its state to the next (facts §8.3): env.sh, dir.txt, script.sh.
//
// `root` is put before every path of the agent's own ("" in a container). Owner: Agent. One thread. A failed write is a Status
// that names the file; what was there before it is unspecified.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/agent/protocol.h"
#include "runtime/agent/system.h"

namespace kiln::agent {

class Workspace {
 public:
  explicit Workspace(std::string root);

  // Everything of the plan that is there before its first command: directories, files, variables, working directory.
  Status prepare(const PhasePlan& plan);
  Status setVariables(const std::vector<NameValue>& variables);
  // The script whose fourth line is the first of `command`. An isolated one keeps its directory and variables to itself.
  // One that cannot save them says so in its own words and fails.
  Status writeScript(std::string_view command, bool isolated);
  // Once that script has ended: what it saved of variables and directory is what the next one begins with.
  void adoptState() const;

  // Keeps variables, directory and `shell` of the build's first failure, which later commands would change, for a person who looks into
  // the container. What cannot be kept is not: the build does not need it.
  void keepFailure(const std::string& shell) const;

  const std::string& journalDirectory() const { return journal_; }
  const std::string& stagingDirectory() const { return staging_; }
  // The first working directory that a plan gave: where the build began.
  const std::string& beginning() const { return beginning_; }
  const std::string& script() const { return script_; }
  // Where each command's shell starts, before its script goes to the working directory.
  const std::string& startDirectory() const { return start_; }
  // The process environment of commands: the agent's own, and what a shell could not export because of its name.
  std::vector<std::string> processEnvironment() const;

 private:
  std::string journal_;
  std::string staging_;
  std::string beginning_ = "/";
  std::string start_;
  std::string script_;
  std::string environment_;
  std::string directory_;
  std::string failure_;  // where keepFailure() puts things
  std::vector<NameValue> unexportable_;
};

// 'text' so that a shell reads it back byte for byte.
std::string shellQuoted(std::string_view text);

}  // namespace kiln::agent
