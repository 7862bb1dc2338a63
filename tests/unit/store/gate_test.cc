#include "store/rocks/gate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace kiln::store {
namespace {

constexpr std::chrono::seconds kPatience{60};

TEST(GateTest, WhoHoldsItTogetherMayHoldItAgainWhileAnotherWaitsToHaveItAlone) {
  Gate gate;
  std::shared_lock outer(gate);
  auto alone = std::async(std::launch::async, [&] { std::lock_guard lock(gate); });
  std::shared_lock inner(gate);
  EXPECT_EQ(alone.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  outer.unlock();
  EXPECT_EQ(alone.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  inner.unlock();
  EXPECT_EQ(alone.wait_for(kPatience), std::future_status::ready);
}

TEST(GateTest, WhoHoldsItAloneKeepsAllOthersOut) {
  Gate gate;
  std::unique_lock alone(gate);
  auto together = std::async(std::launch::async, [&] { std::shared_lock lock(gate); });
  auto other = std::async(std::launch::async, [&] { std::lock_guard lock(gate); });
  EXPECT_EQ(together.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  EXPECT_EQ(other.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  alone.unlock();
  EXPECT_EQ(together.wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(other.wait_for(kPatience), std::future_status::ready);
}

TEST(GateTest, ManyThreadsCountWithoutLosingOne) {
  Gate gate;
  int count = 0;
  std::vector<std::future<void>> threads;
  for (int t = 0; t < 4; ++t) {
    threads.push_back(std::async(std::launch::async, [&] {
      for (int i = 0; i < 1000; ++i) {
        int seen = 0;
        {
          std::shared_lock lock(gate);
          seen = count;
        }
        std::lock_guard lock(gate);
        count += count >= seen ? 1 : 0;
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_EQ(count, 4000);
}

}  // namespace
}  // namespace kiln::store
