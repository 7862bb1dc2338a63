// What a phase does and how its log reads (facts §4.2, §4.3).
#include <gtest/gtest.h>

#include <fstream>

#include "tests/agent/agent_process.h"

namespace kiln::agent {
namespace {

std::vector<std::string> endOfPhase(const std::vector<Record>& records) {
  if (records.empty() || records.back().type != RecordType::kPhaseFinished) return {};
  return records.back().fields();
}

using Fields = std::vector<std::string>;

TEST(AgentPhase, LogOfASuccessReadsAsTheServicesOwn) {
  AgentProcess agent;
  agent.connect(0);
  auto plan = planFor(agent, "INSTALL", {"echo one; echo two >&2", "true", "echo three"});
  plan.logLines = {"a notice"};
  agent.run(plan);
  auto records = agent.untilPhaseEnd();
  EXPECT_EQ(plainLogOf(records),
            "[Container] a notice\n"
            "[Container] Entering phase INSTALL\n"
            "[Container] Running command echo one; echo two >&2\n"
            "one\ntwo\n\n"
            "[Container] Running command true\n"
            "[Container] Running command echo three\n"
            "three\n\n"
            "[Container] Phase complete: INSTALL State: SUCCEEDED\n"
            "[Container] Phase context status code:  Message: \n");
  EXPECT_EQ(endOfPhase(records), (Fields{"INSTALL", "SUCCEEDED", "", ""}));
}

TEST(AgentPhase, RecordsAreNumberedAndSayWhatRan) {
  AgentProcess agent;
  EXPECT_EQ(agent.connect(0), (Fields{"nonce1", "0", "", "idle"}));
  agent.run(planFor(agent, "INSTALL", {"exit 0", "exit 3"}));
  auto records = agent.untilPhaseEnd();
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].sequence, i + 1);
    EXPECT_GT(records[i].unixMicros, 1'600'000'000'000'000);
    if (records[i].type != RecordType::kOutput)
      steps.push_back(static_cast<char>(records[i].type) + (" " + records[i].payload));
  }
  EXPECT_EQ(steps,
            (Fields{"P INSTALL", "C 0 exit%200", "X 0 exit%20status%200", "C 1 exit%203",
                    "X 1 exit%20status%203", "F INSTALL FAILED exit%203 exit%20status%203"}));
}

TEST(AgentPhase, FailureSkipsTheRestRunsFinallyAndIsTold) {
  AgentProcess agent;
  agent.connect(0);
  auto plan = planFor(agent, "INSTALL", {"echo first; false", "echo never"});
  plan.environment = {{"CODEBUILD_BUILD_SUCCEEDING", "1"}};
  plan.finallyCommands = {"echo $CODEBUILD_BUILD_SUCCEEDING", "exit 7", "echo neither"};
  agent.run(plan);
  auto records = agent.untilPhaseEnd();
  EXPECT_EQ(plainLogOf(records),
            "[Container] Entering phase INSTALL\n"
            "[Container] Running command echo first; false\nfirst\n\n"
            "[Container] Command did not exit successfully echo first; false exit status 1\n"
            "[Container] Running command echo $CODEBUILD_BUILD_SUCCEEDING\n0\n\n"
            "[Container] Running command exit 7\n"
            "[Container] Command did not exit successfully exit 7 exit status 7\n"
            "[Container] Phase complete: INSTALL State: FAILED\n"
            "[Container] Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while "
            "executing command: echo "
            "first; false. Reason: exit status 1\n");
  EXPECT_EQ(endOfPhase(records),
            (Fields{"INSTALL", "FAILED", "echo first; false", "exit status 1"}));
  agent.run(planFor(agent, "POST_BUILD", {"echo still $CODEBUILD_BUILD_SUCCEEDING"}));
  EXPECT_NE(logOf(agent.untilPhaseEnd()).find("still 0\n"), std::string::npos);
}

TEST(AgentPhase, FailureInFinallyAloneFailsThePhase) {
  AgentProcess agent;
  agent.connect(0);
  auto plan = planFor(agent, "INSTALL", {"true"});
  plan.finallyCommands = {"exit 9"};
  agent.run(plan);
  EXPECT_EQ(endOfPhase(agent.untilPhaseEnd()),
            (Fields{"INSTALL", "FAILED", "exit 9", "exit status 9"}));
}

TEST(AgentPhase, MultiLineCommandIsPrintedWholeAndItsStatusOnALineOfItsOwn) {
  AgentProcess agent;
  agent.connect(0);
  agent.run(planFor(agent, "INSTALL", {"echo a\nexit 2\n"}));
  auto records = agent.untilPhaseEnd();
  EXPECT_EQ(plainLogOf(records),
            "[Container] Entering phase INSTALL\n"
            "[Container] Running command echo a\nexit 2\n\na\n\n"
            "[Container] Command did not exit successfully echo a\nexit 2\n exit status 2\n"
            "[Container] Phase complete: INSTALL State: FAILED\n"
            "[Container] Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while "
            "executing command: echo a\n"
            "exit 2\n. Reason: exit status 2\n");
}

TEST(AgentPhase, DownloadSourceIsNotAnnouncedAndWritesItsFiles) {
  AgentProcess agent;
  agent.connect(0);
  PhasePlan plan;
  plan.phase = "DOWNLOAD_SOURCE";
  plan.announce = false;
  plan.logLines = {"Waiting for agent ping", "Phase is DOWNLOAD_SOURCE"};
  plan.directories = {agent.root() / "a/b c/d"};
  plan.files = {{agent.root() / "x/buildspec.yml", std::string("version: 0.2\n\0binary", 20)}};
  agent.run(plan);
  EXPECT_EQ(plainLogOf(agent.untilPhaseEnd()),
            "[Container] Waiting for agent ping\n[Container] Phase is DOWNLOAD_SOURCE\n"
            "[Container] Phase complete: DOWNLOAD_SOURCE State: SUCCEEDED\n"
            "[Container] Phase context status code:  Message: \n");
  EXPECT_TRUE(std::filesystem::is_directory(agent.root() / "a/b c/d"));
  std::ifstream file(agent.root() / "x/buildspec.yml");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), plan.files[0].content);
}

TEST(AgentPhase, TreesAreMovedToTheirPlacesBeforeAnythingElse) {
  AgentProcess agent;
  agent.connect(0);
  std::filesystem::create_directories(agent.root() / "arrived/0/sub");
  std::ofstream(agent.root() / "arrived/0/sub/file") << "text";
  auto plan = planFor(agent, "INSTALL", {"cat sub/file"});
  plan.moves = {{agent.root() / "arrived/0", agent.root() / "deep/er/src"}};
  plan.directories = {agent.root() / "deep/er/src"};
  plan.workingDirectory = agent.root() / "deep/er/src";
  agent.run(plan);
  EXPECT_NE(logOf(agent.untilPhaseEnd()).find("\ntext\n"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(agent.root() / "arrived/0"));
}

TEST(AgentPhase, ATreeThatIsNotThereFailsThePhaseWithTheReason) {
  AgentProcess agent;
  agent.connect(0);
  auto plan = planFor(agent, "INSTALL", {"echo never"});
  plan.moves = {{"/no/such/tree", agent.root() / "src"}};
  agent.run(plan);
  EXPECT_NE(endOfPhase(agent.untilPhaseEnd()).at(3).find("cannot move /no/such/tree to "),
            std::string::npos);
}

TEST(AgentPhase, WhatCannotBePreparedFailsThePhaseWithTheReason) {
  AgentProcess agent;
  agent.connect(0);
  auto plan = planFor(agent, "INSTALL", {"echo never"});
  plan.directories = {"/dev/null/x"};
  agent.run(plan);
  auto records = agent.untilPhaseEnd();
  EXPECT_EQ(endOfPhase(records), (Fields{"INSTALL", "FAILED", "prepare phase INSTALL",
                                         "cannot make directory /dev/null/x: Not a directory"}));
  EXPECT_EQ(logOf(records).find("never"), std::string::npos);
}

TEST(AgentPhase, AskedTwiceRunsOnceAndAnEarlierOneNever) {
  AgentProcess agent;
  agent.connect(0);
  auto plan = planFor(agent, "INSTALL", {"echo x >> count"});
  agent.run(plan);
  agent.run(plan);
  agent.untilPhaseEnd();
  agent.run(plan);
  agent.run(planFor(agent, "DOWNLOAD_SOURCE", {"echo x >> count"}));
  agent.run(planFor(agent, "NO_SUCH_PHASE", {"echo x >> count"}));
  agent.run(planFor(agent, "BUILD", {"cat count"}));
  auto records = agent.untilPhaseEnd();
  EXPECT_EQ(endOfPhase(records), (Fields{"BUILD", "SUCCEEDED", "", ""}));
  EXPECT_NE(logOf(records).find("cat count\nx\n\n[Container]"), std::string::npos);
  EXPECT_EQ(agent.connect(0)[2], "BUILD");
}

TEST(AgentPhase, MessagesThatAreCutOffOrGarbledAreIgnored) {
  AgentProcess agent;
  agent.connect(0);
  auto plan = planFor(agent, "INSTALL", {"echo ran"});
  std::string line = encodeMessage(toMessage(plan));
  agent.sendRaw(line.substr(0, line.size() / 2));
  auto ready = agent.connect(0);
  ASSERT_EQ(ready.size(), 4U);
  EXPECT_EQ(ready[2], "");
  line[12] = static_cast<char>(line[12] ^ 1);
  agent.sendRaw(line + "\x01\xff garbage\n\n\n00000000 run\n");
  EXPECT_EQ(agent.connect(0)[2], "");
  agent.run(plan);
  EXPECT_EQ(endOfPhase(agent.untilPhaseEnd())[1], "SUCCEEDED");
}

}  // namespace
}  // namespace kiln::agent
