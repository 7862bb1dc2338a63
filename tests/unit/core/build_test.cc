#include "controller/core/build.h"

#include <gtest/gtest.h>

namespace kiln {
namespace {

constexpr TimePoint at(std::int64_t ms) { return TimePoint(Millis(ms)); }

Build buildIn(Phase phase) {
  Build build;
  build.state = submitted(at(1000));
  while (build.phase() != phase) advance(build, PhaseStatus::kSucceeded, {}, at(2000));
  return build;
}

std::vector<Phase> phasesOf(const Build& build) {
  std::vector<Phase> phases;
  for (const auto& record : build.state.phases) phases.push_back(record.phase);
  return phases;
}

TEST(BuildTest, ASuccessfulBuildGoesThroughAllElevenPhasesInOrder) {
  const Build build = buildIn(Phase::kCompleted);
  EXPECT_EQ(phasesOf(build), std::vector<Phase>(kAllPhases.begin(), kAllPhases.end()));
  EXPECT_EQ(build.state.outcome, BuildStatus::kSucceeded);
}

TEST(BuildTest, EachPhaseEndsWhenTheNextBegins) {
  const Build build = buildIn(Phase::kCompleted);
  for (std::size_t i = 0; i + 1 < build.state.phases.size(); ++i) {
    EXPECT_EQ(build.state.phases[i].end, build.state.phases[i + 1].start) << i;
  }
  EXPECT_FALSE(build.state.phases.back().end);
  EXPECT_FALSE(build.state.phases.back().status);
}

TEST(BuildTest, SubmittedAndQueuedHaveNoContextOnSuccessAndTheOthersAnEmptyOne) {
  const Build build = buildIn(Phase::kCompleted);
  EXPECT_FALSE(build.state.phases[0].context);
  EXPECT_FALSE(build.state.phases[1].context);
  EXPECT_EQ(build.state.phases[2].context, PhaseContext{});
  EXPECT_FALSE(build.state.phases.back().context);
}

TEST(BuildTest, TheClockSteppingBackNeverEndsAPhaseBeforeItBegan) {
  Build build = buildIn(Phase::kBuild);
  advance(build, PhaseStatus::kSucceeded, {}, at(10));
  EXPECT_EQ(build.current().start, at(2000));
}

struct Row {
  Phase phase;
  PhaseStatus status;
  Phase next;
  BuildStatus outcome;
};

class TransitionTest : public testing::TestWithParam<Row> {};

TEST_P(TransitionTest, FollowsTheRulesOfFacts22) {
  const Row row = GetParam();
  Build build = buildIn(row.phase);
  advance(build, row.status, {"CODE", "why"}, at(3000));
  EXPECT_EQ(build.phase(), row.next);
  EXPECT_FALSE(build.succeeding());
  while (!build.complete()) advance(build, PhaseStatus::kSucceeded, {}, at(4000));
  EXPECT_EQ(build.state.outcome, row.outcome);
}

INSTANTIATE_TEST_SUITE_P(
    Failures, TransitionTest,
    testing::Values(
        Row{Phase::kQueued, PhaseStatus::kFault, Phase::kCompleted, BuildStatus::kFault},
        Row{Phase::kProvisioning, PhaseStatus::kFailed, Phase::kCompleted, BuildStatus::kFailed},
        Row{Phase::kProvisioning, PhaseStatus::kFault, Phase::kCompleted, BuildStatus::kFault},
        Row{Phase::kDownloadSource, PhaseStatus::kFailed, Phase::kFinalizing, BuildStatus::kFailed},
        Row{Phase::kDownloadSource, PhaseStatus::kClientError, Phase::kFinalizing,
            BuildStatus::kFailed},
        Row{Phase::kInstall, PhaseStatus::kFailed, Phase::kFinalizing, BuildStatus::kFailed},
        Row{Phase::kPreBuild, PhaseStatus::kFailed, Phase::kFinalizing, BuildStatus::kFailed},
        Row{Phase::kBuild, PhaseStatus::kFailed, Phase::kPostBuild, BuildStatus::kFailed},
        Row{Phase::kBuild, PhaseStatus::kFault, Phase::kFinalizing, BuildStatus::kFault},
        Row{Phase::kPostBuild, PhaseStatus::kFailed, Phase::kUploadArtifacts, BuildStatus::kFailed},
        Row{Phase::kPostBuild, PhaseStatus::kFault, Phase::kFinalizing, BuildStatus::kFault},
        Row{Phase::kUploadArtifacts, PhaseStatus::kFailed, Phase::kFinalizing,
            BuildStatus::kFailed},
        Row{Phase::kFinalizing, PhaseStatus::kFault, Phase::kCompleted, BuildStatus::kFault}));

class StopTest : public testing::TestWithParam<Phase> {};

TEST_P(StopTest, StopEndsTheCurrentPhaseAndCompletesAtOnceWithoutContext) {
  Build build = buildIn(GetParam());
  stop(build, at(3000));
  const auto& phases = build.state.phases;
  const auto& stopped = phases[phases.size() - 2];
  EXPECT_EQ(stopped.phase, GetParam());
  EXPECT_EQ(stopped.status, PhaseStatus::kStopped);
  EXPECT_EQ(stopped.end, at(3000));
  EXPECT_FALSE(stopped.context);
  EXPECT_EQ(build.phase(), Phase::kCompleted);
  EXPECT_EQ(build.state.outcome, BuildStatus::kStopped);
}

TEST_P(StopTest, AnExpiredDeadlineEndsTheCurrentPhaseAndCompletesAtOnceWithAWsText) {
  Build build = buildIn(GetParam());
  timeOut(build, at(3000));
  const auto& phases = build.state.phases;
  const auto& ended = phases[phases.size() - 2];
  EXPECT_EQ(ended.status, PhaseStatus::kTimedOut);
  EXPECT_EQ(ended.context, (PhaseContext{"BUILD_TIMED_OUT", "Build has timed out. "}));
  EXPECT_EQ(build.state.outcome, BuildStatus::kTimedOut);
}

INSTANTIATE_TEST_SUITE_P(Phases, StopTest,
                         testing::Values(Phase::kQueued, Phase::kProvisioning,
                                         Phase::kDownloadSource, Phase::kInstall, Phase::kBuild,
                                         Phase::kUploadArtifacts));

TEST(BuildTest, AStopOrADeadlineAfterAFailedBuildIsTheOutcomeAllTheSame) {
  Build build = buildIn(Phase::kBuild);
  advance(build, PhaseStatus::kFailed, {"CODE", "why"}, at(3000));
  ASSERT_EQ(build.phase(), Phase::kPostBuild);
  Build late = build;
  stop(build, at(4000));
  EXPECT_EQ(build.state.outcome, BuildStatus::kStopped);
  timeOut(late, at(4000));
  EXPECT_EQ(late.state.outcome, BuildStatus::kTimedOut);
}

TEST(BuildTest, ARequestedStopShowsAtOnceInItsFinalForm) {
  Build build = buildIn(Phase::kBuild);
  build.spec.stopRequestedAt = at(3000);
  const Build shown = asShown(build);
  EXPECT_EQ(shown.state.outcome, BuildStatus::kStopped);
  EXPECT_EQ(shown.phase(), Phase::kCompleted);
  EXPECT_EQ(build.phase(), Phase::kBuild);
}

TEST(BuildTest, AStopThatCameWhileFinalizingShowsNothing) {
  Build build = buildIn(Phase::kFinalizing);
  build.spec.stopRequestedAt = at(3000);
  EXPECT_FALSE(stoppable(build));
  EXPECT_EQ(asShown(build).phase(), Phase::kFinalizing);
}

TEST(BuildTest, AnArtifactIsFoundByItsIdentifierAndThePrimaryOneByNone) {
  Build build;
  EXPECT_EQ(findArtifact(build, ""), nullptr);
  build.spec.artifacts = {{.identifier = "", .bucket = "a"}, {.identifier = "docs", .bucket = "b"}};
  EXPECT_EQ(findArtifact(build, "")->bucket, "a");
  EXPECT_EQ(findArtifact(build, "docs")->bucket, "b");
  EXPECT_EQ(findArtifact(build, "other"), nullptr);
}

TEST(BuildTest, AdvancingACompletedBuildIsABug) {
  Build build = buildIn(Phase::kCompleted);
  EXPECT_DEATH(advance(build, PhaseStatus::kSucceeded, {}, at(1)), "");
}

}  // namespace
}  // namespace kiln
