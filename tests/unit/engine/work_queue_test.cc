#include "controller/engine/work_queue.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/fakes/fake_clock.h"

namespace kiln::engine {
namespace {

ResourceKey key(const std::string& name) { return {"build", {"1", "r"}, name}; }

class WorkQueueTest : public testing::Test {
 protected:
  fakes::FakeClock clock_;
  WorkQueue queue_{clock_};
};

TEST_F(WorkQueueTest, AKeyAddedManyTimesIsGivenOutOnce) {
  for (int i = 0; i < 5; ++i) queue_.add(key("a"));
  EXPECT_EQ(queue_.tryGet(), key("a"));
  EXPECT_FALSE(queue_.tryGet());
}

TEST_F(WorkQueueTest, KeysComeInTheOrderTheyWereAdded) {
  queue_.add(key("b"));
  queue_.add(key("a"));
  EXPECT_EQ(queue_.tryGet(), key("b"));
  EXPECT_EQ(queue_.tryGet(), key("a"));
}

TEST_F(WorkQueueTest, AKeyIsNotGivenToASecondWorkerWhileOneHasIt) {
  queue_.add(key("a"));
  ASSERT_TRUE(queue_.tryGet());
  queue_.add(key("a"));
  EXPECT_FALSE(queue_.tryGet());
}

TEST_F(WorkQueueTest, AKeyAddedWhileAWorkerHasItIsGivenOutAgainWhenItIsDone) {
  queue_.add(key("a"));
  ASSERT_TRUE(queue_.tryGet());
  queue_.add(key("a"));
  queue_.done(key("a"));
  EXPECT_EQ(queue_.tryGet(), key("a"));
  queue_.done(key("a"));
  EXPECT_FALSE(queue_.tryGet());
}

TEST_F(WorkQueueTest, ADelayedKeyComesWhenItsTimeHasCome) {
  queue_.addAfter(key("a"), Millis(100));
  EXPECT_FALSE(queue_.tryGet());
  clock_.advance(Millis(99));
  EXPECT_FALSE(queue_.tryGet());
  clock_.advance(Millis(1));
  EXPECT_EQ(queue_.tryGet(), key("a"));
}

TEST_F(WorkQueueTest, TheEarliestWishWins) {
  queue_.addAfter(key("a"), Millis(100));
  queue_.addAfter(key("a"), Millis(10));
  queue_.addAfter(key("a"), Millis(1000));
  EXPECT_EQ(queue_.nextDue(), clock_.now() + Millis(10));
  clock_.advance(Millis(10));
  EXPECT_EQ(queue_.tryGet(), key("a"));
  queue_.done(key("a"));
  clock_.advance(Millis(10'000));
  EXPECT_FALSE(queue_.tryGet());
}

TEST_F(WorkQueueTest, AddingADelayedKeyNowGivesItOutNowAndOnlyOnce) {
  queue_.addAfter(key("a"), Millis(100));
  queue_.add(key("a"));
  EXPECT_EQ(queue_.tryGet(), key("a"));
  queue_.done(key("a"));
  clock_.advance(Millis(1000));
  EXPECT_FALSE(queue_.tryGet());
}

TEST_F(WorkQueueTest, ADelayedKeyThatFallsDueWhileAWorkerHasItWaitsForTheWorker) {
  queue_.add(key("a"));
  ASSERT_TRUE(queue_.tryGet());
  queue_.addAfter(key("a"), Millis(5));
  clock_.advance(Millis(5));
  EXPECT_FALSE(queue_.tryGet());
  queue_.done(key("a"));
  EXPECT_EQ(queue_.tryGet(), key("a"));
}

TEST_F(WorkQueueTest, ShutDownWakesWhoWaits) {
  auto waiting = std::async(std::launch::async, [&] { return queue_.get(); });
  queue_.shutDown();
  EXPECT_FALSE(waiting.get());
  queue_.add(key("a"));
  EXPECT_FALSE(queue_.tryGet());
}

}  // namespace
}  // namespace kiln::engine
