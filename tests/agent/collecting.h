// A build of the real agent that comes to UPLOAD_ARTIFACTS, for tests of what is collected.
#pragma once

#include <string>
#include <vector>

#include "tests/agent/agent_process.h"

namespace kiln::agent {

class Collecting {
 public:
  Collecting();

  // In the directory where the build began; parents are made.
  void file(const std::string& path, const std::string& content = "x");
  void files(const std::vector<std::string>& paths);
  void link(const std::string& goal, const std::string& path);

  // A build command, before the artifacts.
  void command(const std::string& text);
  // Has them collected.
  void collect(std::vector<ArtifactToCollect> artifacts);

  AgentProcess& agent() { return agent_; }
  std::filesystem::path work() const { return agent_.root() / "work"; }
  std::filesystem::path staged(int index = 0) const;
  // The staged files and links as paths, in order; a link as "path -> goal".
  std::vector<std::string> stagedPaths(int index = 0) const;

  const std::vector<Record>& records() const { return records_; }
  std::string log() const { return plainLogOf(records_); }
  // Of the last record before UPLOAD_ARTIFACTS.
  std::uint64_t lastSequence() const { return lastSequence_; }
  // Of record 'A'; empty when there is none.
  std::vector<std::string> collectedFields() const;
  // "SUCCEEDED", or the message of the phase's context.
  std::string outcome() const;

 private:
  void runToItsEnd(const PhasePlan& plan);

  AgentProcess agent_;
  std::uint64_t lastSequence_ = 0;
  std::vector<Record> records_;
};

std::string contentOf(const std::filesystem::path& path);

}  // namespace kiln::agent
