#include "controller/engine/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace kiln::engine {
namespace {

const ResourceKey kKey{"build", {"1", "r"}, "a"};

TEST(BackoffTest, DelaysDoubleFromTheBaseToTheCapWithinTheJitter) {
  Backoff backoff(Millis(200), Millis(30'000), 7);
  for (int i = 0; i < 40; ++i) {
    const double plain = std::min(30'000.0, 200.0 * std::pow(2.0, i));
    const auto delay = static_cast<double>(backoff.next(kKey, "why").count());
    EXPECT_GE(delay, plain * 0.8 - 1) << i;
    EXPECT_LE(delay, plain * 1.2 + 1) << i;
  }
}

TEST(BackoffTest, SuccessStartsOverAndForgetsTheError) {
  Backoff backoff(Millis(200), Millis(30'000), 7);
  for (int i = 0; i < 5; ++i) (void)backoff.next(kKey, "engine away");
  EXPECT_EQ(backoff.lastError(kKey), "engine away");
  backoff.forget(kKey);
  EXPECT_FALSE(backoff.lastError(kKey));
  EXPECT_LE(backoff.next(kKey, "x"), Millis(240));
}

TEST(BackoffTest, KeysFailEachForThemselves) {
  Backoff backoff(Millis(200), Millis(30'000), 7);
  for (int i = 0; i < 5; ++i) (void)backoff.next(kKey, "x");
  EXPECT_LE(backoff.next({"build", {"1", "r"}, "b"}, "x"), Millis(240));
}

}  // namespace
}  // namespace kiln::engine
