// What survives a controller that comes and goes: each record once, in order; the journal that keeps them; the agent's end.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "tests/agent/agent_process.h"

namespace kiln::agent {
namespace {

// The first record of each segment, in order.
std::vector<std::uint64_t> segmentsOf(const AgentProcess& agent) {
  std::vector<std::uint64_t> firsts;
  for (const auto& entry : std::filesystem::directory_iterator(agent.journal()))
    firsts.push_back(std::stoull(entry.path().filename().string()));
  std::sort(firsts.begin(), firsts.end());
  return firsts;
}

std::int64_t nowMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

TEST(AgentResume, ConnectionDroppedAtRandomBytesTwoHundredTimesLosesAndDoublesNothing) {
  constexpr int kLines = 400'000;
  std::mt19937 random(std::random_device{}());
  AgentProcess agent;
  agent.connect(0);
  agent.run(planFor(agent, "INSTALL", {"seq 1 " + std::to_string(kLines)}));
  std::uint64_t last = 0;
  std::string log;
  bool ended = false;
  auto takeSome = [&](int most) {
    for (int i = 0; i < most && !ended; ++i) {
      auto record = agent.next();
      ASSERT_TRUE(record);
      ASSERT_EQ(record->sequence, last + 1);
      last = record->sequence;
      if (record->type == RecordType::kOutput) log += record->payload;
      ended = record->type == RecordType::kPhaseFinished;
    }
  };
  for (int drop = 0; drop < 200; ++drop) {
    takeSome(static_cast<int>(random() % 3));
    if (random() % 4 == 0) agent.acknowledge(last);
    agent.discard(random() % 20'000);
    if (random() % 2 == 0) agent.sendRaw(std::string("1234abcd run INST").substr(0, random() % 17));
    ASSERT_EQ(agent.connect(last).size(), 4U);
  }
  while (!ended) {
    takeSome(1000);
    ASSERT_FALSE(HasFatalFailure());
  }
  std::string expected;
  for (int i = 1; i <= kLines; ++i) expected += std::to_string(i) + "\n";
  EXPECT_NE(log.find("\n" + expected + "\n[Container]"), std::string::npos);
  EXPECT_GT(expected.size(), std::size_t{2'500'000});
}

TEST(AgentResume, NothingIsSentBeforeHelloAndAllOfItAfter) {
  AgentProcess agent;
  agent.run(planFor(agent, "INSTALL", {"echo early", "touch done; sleep 0.1"}));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(agent.root() / "work/done"); }));
  EXPECT_TRUE(agent.silent());
  auto ready = agent.connect(0);
  ASSERT_EQ(ready.size(), 4U);
  EXPECT_EQ(ready[2], "INSTALL");
  EXPECT_NE(logOf(agent.untilPhaseEnd()).find("early\n"), std::string::npos);
}

TEST(AgentJournal, AcknowledgedSegmentsAreDeletedAndOthersKept) {
  AgentProcess agent;
  agent.connect(0);
  agent.run(planFor(agent, "INSTALL", {"head -c 20000000 /dev/zero"}));
  auto records = agent.untilPhaseEnd();
  auto segments = segmentsOf(agent);
  ASSERT_GE(segments.size(), 4U);
  agent.acknowledge(segments[2] - 1);
  std::vector<std::uint64_t> kept(segments.begin() + 2, segments.end());
  EXPECT_TRUE(eventually([&] { return segmentsOf(agent) == kept; }));
  agent.acknowledge(records.back().sequence + 1000);
  EXPECT_TRUE(eventually([&] { return segmentsOf(agent).size() == 1; }));
  std::uint64_t half = records.back().sequence - 1;
  EXPECT_EQ(agent.connect(half).at(1), std::to_string(records.back().sequence));
  EXPECT_EQ(agent.next()->type, RecordType::kPhaseFinished);
}

TEST(AgentJournal, SegmentsAreTheRecordsThemselves) {
  AgentProcess agent;
  agent.connect(0);
  agent.run(planFor(agent, "INSTALL", {"echo hello"}));
  auto sent = agent.untilPhaseEnd();
  std::ifstream file(agent.journal() / "00000000000000000001");
  RecordReader reader;
  reader.push(std::string(std::istreambuf_iterator<char>(file), {}));
  for (const auto& record : sent) {
    auto kept = reader.next();
    ASSERT_TRUE(kept);
    EXPECT_EQ(encodeRecord(*kept), encodeRecord(record));
  }
}

TEST(AgentJournal, DeletedByACommandLosesNothing) {
  AgentProcess agent;
  agent.connect(0);
  agent.run(planFor(agent, "INSTALL",
                    {"echo before; rm -rf " + agent.journal().string(),
                     "head -c 9000000 /dev/zero | tr '\\0' x", "echo after"}));
  auto records = agent.untilPhaseEnd();
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records.back().fields()[1], "SUCCEEDED");
  agent.connect(0);
  EXPECT_EQ(logOf(agent.untilPhaseEnd()), logOf(records));
}

std::uintmax_t heldBy(const AgentProcess& agent) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(agent.journal()))
    bytes += entry.file_size();
  return bytes;
}

TEST(AgentJournal, FullHoldsTheCommandBackUntilAcknowledged) {
  constexpr std::uintmax_t kMiB = std::uintmax_t{1} << 20;
  AgentProcess agent;
  agent.connect(0);
  agent.run(planFor(agent, "INSTALL", {"head -c 300000000 /dev/zero; touch finished"}));
  std::uint64_t last = 0;
  std::size_t bytes = 0;
  // Silence before it is full is a slow disk's.
  const auto take = [&] {
    while (auto record = agent.next(std::chrono::seconds(2))) {
      last = record->sequence;
      bytes += record->payload.size();
    }
    return heldBy(agent) >= 256 * kMiB;
  };
  EXPECT_TRUE(eventually(take, std::chrono::minutes(10)));
  EXPECT_LE(heldBy(agent), 258 * kMiB);
  EXPECT_FALSE(std::filesystem::exists(agent.root() / "work/finished"));
  bool ended = false;
  while (!ended) {
    agent.acknowledge(last);
    auto record = agent.next();
    ASSERT_TRUE(record);
    ASSERT_EQ(record->sequence, last + 1);
    last = record->sequence;
    bytes += record->payload.size();
    ended = record->type == RecordType::kPhaseFinished;
  }
  EXPECT_GE(bytes, 300'000'000U);
}

TEST(AgentStart, RefusedWhereAnEarlierOneHasRun) {
  AgentProcess agent;
  agent.connect(0);
  std::string command = std::string(KILN_BINARY_DIR) + "/kiln-agent --root " +
                        agent.root().string() + " </dev/null 2>/dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 3);
}

// The type of the last record.
RecordType stopCommandAndChildren() {
  AgentProcess agent;
  agent.connect(0);
  agent.run(
      planFor(agent, "INSTALL",
              {"trap '' TERM; echo $$ > new; mv new pid; sleep 1000; sleep 1000", "echo never"}));
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(agent.root() / "work/pid"); }));
  agent.send({"stop", {}});
  auto records = agent.untilPhaseEnd();
  EXPECT_EQ(logOf(records).find("never"), std::string::npos);
  EXPECT_EQ(logOf(records).find("Phase complete"), std::string::npos);
  EXPECT_EQ(agent.waitForExit(), 0);
  int shell = 0;
  std::ifstream(agent.root() / "work/pid") >> shell;
  EXPECT_GT(shell, 0);
  EXPECT_TRUE(eventually([&] { return gone(shell); }));
  return records.empty() ? RecordType::kPhaseFinished : records.back().type;
}

// The agent waits a second for what it ends: a machine that pauses for longer is tried again.
TEST(AgentEnd, StopEndsTheCommandAndItsChildrenTellsWhatCameAndGivesThePhaseNoVerdict) {
  RecordType last = RecordType::kPhaseFinished;
  for (int tries = 0; last != RecordType::kCommandFinished && tries < 5; ++tries)
    last = stopCommandAndChildren();
  EXPECT_EQ(last, RecordType::kCommandFinished);
}

TEST(AgentEnd, StopWithNothingRunningIsAtOnce) {
  AgentProcess agent;
  agent.connect(0);
  agent.send({"stop", {}});
  EXPECT_EQ(agent.waitForExit(), 0);
}

TEST(AgentEnd, OwnDeadlineEndsItAMinuteAfterTheControllers) {
  // Longer where the machine is too slow for the command to begin before it.
  bool begun = false;
  for (int millis = 300; !begun && millis < 60'000; millis *= 4) {
    AgentProcess late({"--deadline", std::to_string(nowMillis() - 60'000 + millis)});
    try {
      late.run(planFor(late, "INSTALL", {"touch begun; sleep 1000"}));
    } catch (const std::runtime_error&) {
      // it has ended already
    }
    EXPECT_EQ(late.waitForExit(), 124);
    begun = std::filesystem::exists(late.root() / "work/begun");
  }
  EXPECT_TRUE(begun);
  AgentProcess inTime({"--deadline", std::to_string(nowMillis() - 1'000)});
  EXPECT_EQ(inTime.connect(0).size(), 4U);
}

TEST(AgentEnd, ControllersEndIsNotTheAgents) {
  AgentProcess agent;
  agent.connect(0);
  agent.run(planFor(agent, "INSTALL", {"sleep 0.2; touch done"}));
  agent.hangUp();
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(agent.root() / "work/done"); }));
  EXPECT_FALSE(agent.waitForExit(std::chrono::seconds(0)));
}

TEST(AgentStart, WrongArgumentsAreTold) {
  EXPECT_EQ(AgentProcess({"--deadline", "soon"}).waitForExit(), 2);
  EXPECT_EQ(AgentProcess({"--deadline"}).waitForExit(), 2);
  EXPECT_EQ(AgentProcess({"--verbose", "1"}).waitForExit(), 2);
}

}  // namespace
}  // namespace kiln::agent
