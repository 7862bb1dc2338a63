// Who gets a slot when all are taken.
#include "api/codecommit/git_slots.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace kiln::api::codecommit {
namespace {

constexpr Millis kAtOnce{0};
constexpr Millis kNever = std::chrono::hours(1);

TEST(GitSlotsTest, OneThatWaitsForItsClientIsLostToWhoWaitsForASlot) {
  GitSlots slots({.most = 2, .patience = kNever, .idle = kAtOnce});
  const auto busy = slots.take(), silent = slots.take();
  bool ended = false, wrong = false;
  busy->onLoss([&] { wrong = true; });
  silent->onLoss([&] { ended = true; });
  silent->awaitClient();
  EXPECT_FALSE(silent->lost());  // nobody waits
  const auto next = slots.take();
  EXPECT_NE(next, nullptr);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(silent->lost());
  EXPECT_FALSE(silent->moved(1 << 20));  // too late
  EXPECT_FALSE(wrong);
}

TEST(GitSlotsTest, OneThatIsAtWorkKeepsItsSlotAndTheOtherIsTurnedAway) {
  GitSlots slots({.most = 1, .patience = Millis(20), .idle = kAtOnce});
  const auto slot = slots.take();
  slot->onLoss([] { FAIL(); });
  EXPECT_EQ(slots.take(), nullptr);
  slot->awaitClient();
  EXPECT_TRUE(slot->moved(10));
  EXPECT_EQ(slots.take(), nullptr);
  EXPECT_FALSE(slot->lost());
}

TEST(GitSlotsTest, OneWhoseClientHasNotBeenSilentForLongKeepsItsSlot) {
  GitSlots slots({.most = 1, .patience = Millis(20), .idle = kNever});
  const auto slot = slots.take();
  slot->onLoss([] { FAIL(); });
  slot->awaitClient();
  EXPECT_EQ(slots.take(), nullptr);
}

TEST(GitSlotsTest, TheOneIdleLongestIsLost) {
  GitSlots slots({.most = 2, .patience = kNever, .idle = Millis(5)});
  const auto first = slots.take(), second = slots.take();
  first->onLoss([] {});
  second->onLoss([] {});
  first->awaitClient();
  const auto next = slots.take();  // when `first` has been idle for long enough
  second->awaitClient();
  next->onLoss([] {});
  EXPECT_TRUE(first->lost());
  EXPECT_FALSE(second->lost());
  const auto last = slots.take();
  EXPECT_TRUE(second->lost());
}

TEST(GitSlotsTest, AClientThatDripsIsIdleForAllTheTimeItWaited) {
  GitSlots slots({.most = 1, .patience = kNever, .idle = Millis(10)});
  const auto slot = slots.take();
  std::atomic<bool> lost{false};
  slot->onLoss([&] { lost = true; });
  std::jthread drip([&] {
    for (bool held = true; held;) {
      slot->awaitClient();
      std::this_thread::yield();
      held = slot->moved(0);
    }
  });
  EXPECT_NE(slots.take(), nullptr);
  EXPECT_TRUE(lost);
}

TEST(GitSlotsTest, ASlotGivenBackGoesToWhoWaits) {
  GitSlots slots({.most = 1, .patience = kNever, .idle = kNever});
  auto slot = slots.take();
  std::jthread taker([&] { EXPECT_NE(slots.take(), nullptr); });
  slot->giveBack();
  taker.join();
  EXPECT_FALSE(slot->lost());
  EXPECT_NE(slots.take(), nullptr);  // the taker's went with it
}

}  // namespace
}  // namespace kiln::api::codecommit
