// How soon a build is looked at again when what it needs keeps failing.
#include <gtest/gtest.h>

#include "tests/property/world.h"

namespace kiln::property {
namespace {

// The delays after each failed pass, until there are `count` of them.
std::vector<Millis> delaysAfterFailures(World& world, const BuildId& id, std::size_t count) {
  Controller& controller = world.controller();
  std::vector<Millis> delays;
  for (int passes = 0; delays.size() < count && passes < 1000; ++passes) {
    controller.queue.add(id.key());
    if (!controller.reconciler.step()) break;
    world.awaitJobs(id);
    const auto due = controller.queue.nextDue();
    if (!controller.backoff.lastError(id.key()) || !due || *due <= world.clock.now()) continue;
    delays.push_back(std::chrono::ceil<Millis>(*due - world.clock.now()));
    world.clock.advance(delays.back());
  }
  return delays;
}

TEST(RetryTest, AnImageThatCannotBeLookedForIsTriedAgainWithGrowingDelay) {
  World world;
  const BuildId id = world.startBuild();
  world.runtime.failBefore(fakes::Call::kHasImage, 1000);
  const auto delays = delaysAfterFailures(world, id, 6);
  ASSERT_EQ(delays.size(), 6U);
  for (std::size_t i = 1; i < delays.size(); ++i) EXPECT_GT(delays[i], delays[i - 1]) << i;
}

}  // namespace
}  // namespace kiln::property
