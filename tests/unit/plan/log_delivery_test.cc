#include <gtest/gtest.h>

#include "controller/plan/planner.h"

namespace kiln::plan {
namespace {

constexpr TimePoint atMillis(std::int64_t ms) { return TimePoint(Millis(ms)); }
constexpr TimePoint kFinalizingSince = atMillis(10'000);
const PhaseContext kNoContext;

Build deliveringBuild(Phase phase, bool container = true) {
  Build build;
  build.state = submitted(atMillis(1'000));
  while (build.phase() != phase) advance(build, PhaseStatus::kSucceeded, {}, kFinalizingSince);
  build.finalizers = {std::string(kLogFinalizer), std::string(kLogDeliveryFinalizer)};
  if (container) build.finalizers.emplace_back(kContainerFinalizer);
  return build;
}

Observed logsThatAre(Delivery state, Container container = Container::kRunning) {
  Observed seen;
  seen.container = container;
  seen.link = Link::kAttached;
  seen.logs = state;
  seen.logsFailure = "no bucket";
  return seen;
}

struct LogRow {
  const char* given;
  Phase phase;
  Delivery logs;
  bool container;
  const char* step;
};

TEST(LogDeliveryPlan, FinalizingWaitsForTheLogAndCleaningUpForItsDelivery) {
  const LogRow rows[] = {
      {"under way", Phase::kFinalizing, Delivery::kUnderWay, true, "wait"},
      {"there", Phase::kFinalizing, Delivery::kDone, true, "finish"},
      {"hopeless", Phase::kFinalizing, Delivery::kHopeless, true, "finish"},
      {"completed, the container first", Phase::kCompleted, Delivery::kDone, true,
       "remove-container"},
      {"completed, under way", Phase::kCompleted, Delivery::kUnderWay, false, "wait"},
      {"completed, there", Phase::kCompleted, Delivery::kDone, false, "release-logs"},
      {"completed, hopeless", Phase::kCompleted, Delivery::kHopeless, false, "release-logs"},
  };
  for (const auto& row : rows) {
    const auto build = deliveringBuild(row.phase, row.container);
    EXPECT_STREQ(name(planNext(build, logsThatAre(row.logs), kFinalizingSince)), row.step)
        << row.given;
  }
}

TEST(LogDeliveryPlan, FinalizingWaitsSoLongAndNoLonger) {
  const auto build = deliveringBuild(Phase::kFinalizing);
  auto seen = logsThatAre(Delivery::kUnderWay);
  seen.logsWait = Millis(500);
  const auto wait = planNext(build, seen, kFinalizingSince + Millis(499));
  ASSERT_TRUE(std::holds_alternative<Wait>(wait));
  EXPECT_EQ(std::get<Wait>(wait).until, kFinalizingSince + Millis(500));
  const auto end = planNext(build, seen, kFinalizingSince + Millis(500));
  ASSERT_TRUE(std::holds_alternative<Finish>(end));
  EXPECT_EQ(std::get<Finish>(end).context, kNoContext);
}

TEST(LogDeliveryPlan, NoBuildFailsBecauseOfItsLogButFinalizingSaysWhatIsMissing) {
  const auto end = planNext(deliveringBuild(Phase::kFinalizing), logsThatAre(Delivery::kHopeless),
                            kFinalizingSince);
  ASSERT_TRUE(std::holds_alternative<Finish>(end));
  EXPECT_EQ(std::get<Finish>(end).status, PhaseStatus::kSucceeded);
  EXPECT_EQ(std::get<Finish>(end).context, (PhaseContext{"CLIENT_ERROR", "no bucket"}));
}

TEST(LogDeliveryPlan, ABuildWithoutCopiesOfItsLogIsNotHeldUp) {
  auto build = deliveringBuild(Phase::kCompleted, false);
  build.finalizers = {std::string(kLogFinalizer)};
  EXPECT_STREQ(name(planNext(build, {}, kFinalizingSince)), "wait");
}

TEST(LogDeliveryPlan, ADeletedBuildDoesNotWaitForItsLog) {
  auto build = deliveringBuild(Phase::kCompleted, false);
  build.deleted = true;
  EXPECT_STREQ(name(planNext(build, logsThatAre(Delivery::kUnderWay), kFinalizingSince)),
               "erase-log");
}

}  // namespace
}  // namespace kiln::plan
