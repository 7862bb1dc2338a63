// FakeAgents plays the agent as the real one is: these are the promises that the reconciler's property tests stand on.
#include "tests/fakes/fake_agents.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace kiln::fakes {
namespace {

using Link = runtime::AgentView::Link;
using agent::RecordType;

class FakeAgentsTest : public testing::Test {
 protected:
  FakeAgentsTest() {
    runtime_.addImage("i");
    EXPECT_TRUE(runtime_.ensureCreated(id_, {.image = "i", .command = {}, .hostname = {}}).ok());
  }
  void attach(std::uint64_t after = 0) {
    ASSERT_TRUE(agents_.open(id_, after).ok());
    ASSERT_TRUE(runtime_.ensureStarted(id_).ok());
    agents_.step(id_);
    ASSERT_EQ(agents_.observe(id_).link, Link::kAttached);
  }
  void settle() {
    for (int i = 0; i < 100 && agents_.step(id_); ++i) {
    }
  }
  static agent::PhasePlan plan(const std::string& phase) {
    agent::PhasePlan made;
    made.phase = phase;
    return made;
  }
  std::vector<std::uint64_t> sequences(std::uint64_t after) {
    std::vector<std::uint64_t> all;
    for (const auto& record : agents_.records(id_, after, 1 << 20)) all.push_back(record.sequence);
    return all;
  }

  FakeClock clock_;
  FakeRuntime runtime_;
  FakeAgents agents_{runtime_, clock_};
  BuildId id_{{"000000000000", "eu-central-1"}, "p", "00000001-0000-4000-8000-000000000000"};
};

TEST_F(FakeAgentsTest, ASessionOpensBeforeTheStartAndAttachesOnceTheAgentAnswers) {
  ASSERT_TRUE(agents_.open(id_, 0).ok());
  EXPECT_EQ(agents_.observe(id_).link, Link::kOpening);
  EXPECT_FALSE(agents_.step(id_));
  ASSERT_TRUE(runtime_.ensureStarted(id_).ok());
  EXPECT_TRUE(agents_.step(id_));
  EXPECT_EQ(agents_.observe(id_).link, Link::kAttached);
}

TEST_F(FakeAgentsTest, APhaseRunsOnceHoweverOftenItIsAskedFor) {
  attach();
  EXPECT_TRUE(agents_.run(id_, plan("BUILD")).ok());
  settle();
  EXPECT_TRUE(agents_.run(id_, plan("BUILD")).ok());
  EXPECT_TRUE(agents_.run(id_, plan("INSTALL")).ok());
  settle();
  EXPECT_EQ(agents_.runsOf(id_, Phase::kBuild), 1);
  EXPECT_EQ(agents_.runsOf(id_, Phase::kInstall), 0);
  auto view = agents_.observe(id_);
  EXPECT_TRUE(view.recordsWaiting && view.phaseEndWaiting);
  EXPECT_EQ(sequences(0), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(FakeAgentsTest, ARestartedControllerGetsWhatItHadNotCommittedAndThePhaseThatRuns) {
  attach();
  ASSERT_TRUE(agents_.run(id_, plan("BUILD")).ok());
  agents_.step(id_);
  agents_.acknowledge(id_, 1);
  agents_.restartController();
  settle();  // the agent goes on alone
  EXPECT_EQ(agents_.observe(id_).link, Link::kNone);
  EXPECT_EQ(agents_.journalSize(id_), 2U);
  attach(1);
  EXPECT_EQ(agents_.observe(id_).phase, Phase::kBuild);
  EXPECT_EQ(sequences(1), (std::vector<std::uint64_t>{2, 3}));
  agents_.acknowledge(id_, 3);
  EXPECT_FALSE(agents_.observe(id_).recordsWaiting);
  EXPECT_EQ(agents_.journalSize(id_), 0U);
}

TEST_F(FakeAgentsTest, AnExitEndsTheLinkAndTheJournalIsReadFromTheStoppedContainer) {
  agents_.setScript([](auto&, auto&) {
    return PhaseScript{.output = {"a", "b"}, .containerExits = 3};
  });
  attach();
  ASSERT_TRUE(agents_.run(id_, plan("BUILD")).ok());
  settle();
  EXPECT_EQ(agents_.observe(id_).link, Link::kLost);
  EXPECT_EQ(agents_.readJournal(id_, 1).ok(), true);
  EXPECT_EQ(agents_.observe(id_).link, Link::kDrained);
  EXPECT_EQ(sequences(1), (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(runtime_.inspect(id_)->exitCode, 3);
}

TEST_F(FakeAgentsTest, AnOutageLosesTheLinkAndNothingElse) {
  attach();
  runtime_.setReachable(false);
  EXPECT_EQ(agents_.observe(id_).link, Link::kLost);
  EXPECT_EQ(agents_.open(id_, 0).error().code, Code::kUnavailable);
  runtime_.setReachable(true);
  EXPECT_EQ(agents_.observe(id_).link, Link::kLost);
  attach();
}

TEST_F(FakeAgentsTest, AnAttachWhoseReplyIsLostLeavesNoSession) {
  runtime_.loseReply(Call::kAttach);
  EXPECT_EQ(agents_.open(id_, 0).error().code, Code::kUnavailable);
  EXPECT_EQ(agents_.observe(id_).link, Link::kNone);
  attach();
}

TEST_F(FakeAgentsTest, ALostRunNeverReachesTheAgent) {
  attach();
  agents_.loseNextRun(id_);
  EXPECT_TRUE(agents_.run(id_, plan("BUILD")).ok());
  settle();
  EXPECT_EQ(agents_.runsOf(id_, Phase::kBuild), 0);
  attach();
  EXPECT_EQ(agents_.observe(id_).phase, std::nullopt);
}

TEST_F(FakeAgentsTest, ARemovedContainerTakesItsAgentAlong) {
  attach();
  ASSERT_TRUE(agents_.run(id_, plan("BUILD")).ok());
  settle();
  runtime_.removeByOther(id_);
  EXPECT_EQ(agents_.observe(id_).link, Link::kLost);
  EXPECT_EQ(agents_.lastSequence(id_), 0U);
  EXPECT_EQ(agents_.readJournal(id_, 0).error().code, Code::kNotFound);
  EXPECT_EQ(sequences(0).size(), 3U);  // what had come stays
}

TEST_F(FakeAgentsTest, CloseEndsTheContainer) {
  attach();
  agents_.close(id_);
  EXPECT_EQ(runtime_.stateOf(id_), runtime::ContainerState::kExited);
  EXPECT_FALSE(agents_.hasSession(id_));
}

}  // namespace
}  // namespace kiln::fakes
