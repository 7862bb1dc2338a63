#include "runtime/sandbox/sessions.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/sandbox/session_world.h"

namespace kiln::runtime {
namespace {

using Link = AgentView::Link;

class SessionTest : public testing::Test {
 protected:
  void make(AgentSessionSettings settings = {}) {
    sessions_ = std::make_unique<AgentSessions>(
        world_,
        [this](const BuildId&) {
          {
            std::lock_guard lock(mutex_);
            ++wakes_;
          }
          woken_.notify_all();
        },
        settings);
  }
  void SetUp() override { make(); }

  template <typename Holds>
  bool waitFor(Holds holds) {
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    std::unique_lock lock(mutex_);
    for (;;) {
      std::uint64_t seen = wakes_;
      lock.unlock();
      bool there = holds();
      lock.lock();
      if (there) return true;
      if (!woken_.wait_until(lock, until, [&] { return wakes_ != seen; })) return false;
    }
  }
  bool waitForLink(Link link) {
    return waitFor([&] { return sessions_->observe(id_).link == link; });
  }
  std::vector<std::uint64_t> numbers(std::uint64_t after,
                                     std::size_t maxBytes = std::size_t{1} << 20) const {
    std::vector<std::uint64_t> out;
    for (const auto& record : sessions_->records(id_, after, maxBytes))
      out.push_back(record.sequence);
    return out;
  }

  BuildId id_{{"000000000000", "us-east-1"}, "p", "0b1c0b1c-0000-4000-8000-000000000001"};
  SessionWorld world_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t wakes_ = 0;
  std::unique_ptr<AgentSessions> sessions_;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(SessionTest, UnknownBuildHasNoSessionAndNothingHappens) {
  EXPECT_EQ(sessions_->observe(id_).link, Link::kNone);
  EXPECT_TRUE(sessions_->records(id_, 0, 100).empty());
  sessions_->acknowledge(id_, 5);
  sessions_->close(id_);
  EXPECT_EQ(sessions_->run(id_, planOf("BUILD")).error().code, Code::kUnavailable);
}

TEST_F(SessionTest, SaysHelloAndIsOpeningUntilAnswered) {
  ASSERT_TRUE(sessions_->open(id_, 7).ok());
  EXPECT_EQ(sessions_->observe(id_).link, Link::kOpening);
  EXPECT_FALSE(sessions_->run(id_, planOf("BUILD")).ok());
  ASSERT_TRUE(sessions_->open(id_, 7).ok());
  EXPECT_EQ(world_.attachments(), 1);
  auto hello = world_.connection()->hear();
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->verb, "hello");
  EXPECT_EQ(hello->fields.at(1), "7");
}

TEST_F(SessionTest, SkipsWhatIsNotItsOwnAndTakesRecordsAfterItsSyncLine) {
  ASSERT_TRUE(sessions_->open(id_, 2).ok());
  auto agent = world_.connection();
  agent->say("the rest of a record 99 O 1 5\nKILN-SYNC other\n" + wire({outputRecord(1, "old")}));
  world_.answerHello("INSTALL", {outputRecord(3, "three"), outputRecord(4, "four")});
  ASSERT_TRUE(waitFor([&] { return numbers(2) == Numbers{3, 4}; }));
  auto view = sessions_->observe(id_);
  EXPECT_EQ(view.link, Link::kAttached);
  EXPECT_EQ(view.phase, Phase::kInstall);
  EXPECT_TRUE(view.recordsWaiting);
  EXPECT_FALSE(view.phaseEndWaiting);
  EXPECT_EQ(numbers(3), Numbers{4});
}

TEST_F(SessionTest, SyncLineMayComeByteByByte) {
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  auto agent = world_.connection();
  std::string nonce = agent->hear()->fields.at(0);
  std::string bytes = "rest\n\nKILN-SYNC " + nonce + "\n" +
                      agent::encodeRecord({0, agent::RecordType::kReady, 1,
                                           agent::encodeFields({nonce, "1", "", "idle"})}) +
                      wire({outputRecord(1, "x")});
  for (char c : bytes) agent->say(std::string(1, c));
  ASSERT_TRUE(waitFor([&] { return numbers(0) == Numbers{1}; }));
}

TEST_F(SessionTest, RecordsThatComeTwiceAreTakenOnce) {
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello("", {outputRecord(1, "a"), outputRecord(1, "a"), outputRecord(2, "b"),
                          outputRecord(1, "a"), outputRecord(3, "c")});
  ASSERT_TRUE(waitFor([&] { return numbers(0) == Numbers{1, 2, 3}; }));
}

TEST_F(SessionTest, MissingRecordLosesTheStreamAndOpeningAgainMendsIt) {
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello("", {outputRecord(1, "a"), outputRecord(3, "c")});
  ASSERT_TRUE(waitForLink(Link::kLost));
  EXPECT_TRUE(world_.connection()->ended());
  EXPECT_EQ(numbers(0), Numbers{1});
  ASSERT_TRUE(sessions_->open(id_, 1).ok());
  EXPECT_EQ(world_.attachments(), 2);
  world_.answerHello("", {outputRecord(2, "b"), outputRecord(3, "c")});
  ASSERT_TRUE(waitFor([&] { return numbers(1) == Numbers{2, 3}; }));
}

TEST_F(SessionTest, GarbageLosesTheStreamButNotWhatCameBefore) {
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello("", {outputRecord(1, "a")});
  world_.connection()->say("written to /proc/1/fd/1 by a build\n");
  ASSERT_TRUE(waitForLink(Link::kLost));
  EXPECT_EQ(numbers(0), Numbers{1});
}

TEST_F(SessionTest, EndOfTheStreamIsTold) {
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello("", {});
  ASSERT_TRUE(waitForLink(Link::kAttached));
  world_.connection()->end();
  ASSERT_TRUE(waitForLink(Link::kLost));
  EXPECT_FALSE(sessions_->run(id_, planOf("BUILD")).ok());
}

TEST_F(SessionTest, RecordsEndWithTheFirstThatEndsAPhaseAndComeInPortions) {
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello(
      "", {outputRecord(1, std::string(1000, 'a')), outputRecord(2, std::string(1000, 'b')),
           phaseEndRecord(3, "INSTALL"), outputRecord(4, "x")});
  ASSERT_TRUE(waitFor([&] { return !numbers(3).empty(); }));
  EXPECT_EQ(numbers(0), (Numbers{1, 2, 3}));
  EXPECT_EQ(numbers(0, 1), Numbers{1});
  EXPECT_EQ(numbers(3), Numbers{4});
  EXPECT_TRUE(numbers(4).empty());
  EXPECT_TRUE(sessions_->observe(id_).phaseEndWaiting);
  sessions_->acknowledge(id_, 3);
  EXPECT_FALSE(sessions_->observe(id_).phaseEndWaiting);
  EXPECT_TRUE(sessions_->observe(id_).recordsWaiting);
  EXPECT_EQ(numbers(0), Numbers{4});
}

TEST_F(SessionTest, AgentIsToldAtThePhasesEndAndAfterEnoughBytes) {
  make({.maxWaitingBytes = std::size_t{8} << 20, .acknowledgeEvery = 5'000});
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello("", {outputRecord(1, "small"), phaseEndRecord(2, "INSTALL"),
                          outputRecord(3, "small"), outputRecord(4, std::string(6'000, 'x'))});
  ASSERT_TRUE(waitFor([&] { return !numbers(3).empty(); }));
  sessions_->acknowledge(id_, 1);
  sessions_->acknowledge(id_, 2);
  sessions_->acknowledge(id_, 3);
  sessions_->acknowledge(id_, 4);
  EXPECT_EQ(world_.connection()->hear()->fields, std::vector<std::string>{"2"});
  EXPECT_EQ(world_.connection()->hear()->fields, std::vector<std::string>{"4"});
}

TEST_F(SessionTest, StopsReadingWhileEnoughWaitsAndGoesOnWhenItIsCommitted) {
  make({.maxWaitingBytes = 10'000, .acknowledgeEvery = 1'000});
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello("", {});
  for (std::uint64_t i = 1; i <= 100; ++i)
    world_.connection()->say(wire({outputRecord(i, std::string(1'000, 'x'))}));
  std::uint64_t committed = 0;
  std::size_t most = 0;
  while (committed < 100) {
    ASSERT_TRUE(waitFor([&] { return sessions_->observe(id_).recordsWaiting; }));
    auto records = sessions_->records(id_, committed, std::size_t{1} << 30);
    most = std::max(most, records.size());
    ASSERT_EQ(records.front().sequence, committed + 1);
    committed = records.back().sequence;
    sessions_->acknowledge(id_, committed);
  }
  EXPECT_LE(most, 12U);
}

TEST_F(SessionTest, PlanReachesTheAgentAndItsPhaseIsSeenAtOnce) {
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello("", {});
  ASSERT_TRUE(waitForLink(Link::kAttached));
  auto plan = planOf("BUILD");
  plan.commands = {"make"};
  ASSERT_TRUE(sessions_->run(id_, plan).ok());
  EXPECT_EQ(sessions_->observe(id_).phase, Phase::kBuild);
  EXPECT_EQ(agent::phasePlanFrom(*world_.connection()->hear()), plan);
}

TEST_F(SessionTest, AgentThatHangsHoldsNobodyUp) {
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello("", {outputRecord(1, "a"), phaseEndRecord(2, "INSTALL")});
  ASSERT_TRUE(waitFor([&] { return numbers(0).size() == 2; }));
  world_.connection()->hang();
  sessions_->acknowledge(id_, 2);
  EXPECT_TRUE(sessions_->run(id_, planOf("BUILD")).ok());
  EXPECT_EQ(sessions_->observe(id_).link, Link::kAttached);
  auto begin = std::chrono::steady_clock::now();
  sessions_->close(id_);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
  EXPECT_EQ(sessions_->observe(id_).link, Link::kNone);
}

TEST_F(SessionTest, CloseStopsTheAgentAndDestructionDoesNot) {
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello("", {});
  ASSERT_TRUE(waitForLink(Link::kAttached));
  auto closed = world_.connection();
  sessions_->close(id_);
  EXPECT_EQ(closed->hear()->verb, "stop");
  EXPECT_TRUE(closed->ended());
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  world_.answerHello("", {});
  ASSERT_TRUE(waitForLink(Link::kAttached));
  auto left = world_.connection();
  sessions_.reset();
  EXPECT_FALSE(left->hear());
}

TEST_F(SessionTest, EngineThatRefusesIsAnErrorAndNoSession) {
  world_.refuse({Code::kUnavailable, "away"});
  EXPECT_EQ(sessions_->open(id_, 0).error().code, Code::kUnavailable);
  EXPECT_EQ(sessions_->readJournal(id_, 0).error().message, "away");
  EXPECT_EQ(sessions_->observe(id_).link, Link::kNone);
}

}  // namespace
}  // namespace kiln::runtime
