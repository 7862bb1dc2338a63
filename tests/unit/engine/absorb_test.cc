#include "controller/engine/absorb.h"

#include <gtest/gtest.h>

namespace kiln::engine {
namespace {

using agent::Record;
using agent::RecordType;

constexpr TimePoint kNow = TimePoint(Millis(5000));

Build buildIn(Phase phase) {
  Build build;
  build.state = submitted(TimePoint(Millis(1000)));
  while (build.phase() != phase)
    advance(build, PhaseStatus::kSucceeded, {}, TimePoint(Millis(2000)));
  return build;
}

Record output(std::uint64_t sequence, std::string text) {
  return {sequence, RecordType::kOutput, 1'700'000'000'000'000, std::move(text)};
}
Record ended(std::uint64_t sequence, std::vector<std::string> fields) {
  return {sequence, RecordType::kPhaseFinished, 1, agent::encodeFields(fields)};
}

TEST(AbsorbTest, OutputBecomesLogFramesInOrderWithTheAgentsTime) {
  auto result = absorb(buildIn(Phase::kBuild), {output(4, "a"), output(5, "b")}, 3, kNow);
  ASSERT_EQ(result.frames.size(), 2U);
  EXPECT_EQ(result.frames[0].bytes, "a");
  EXPECT_EQ(result.frames[1].bytes, "b");
  EXPECT_EQ(toUnixMicros(result.frames[0].time), 1'700'000'000'000'000);
  EXPECT_EQ(result.sequence, 5U);
  EXPECT_EQ(result.build.phase(), Phase::kBuild);
}

TEST(AbsorbTest, RecordsThatAreCommittedAlreadyCountOnce) {
  auto result = absorb(buildIn(Phase::kBuild), {output(3, "old"), output(4, "new")}, 3, kNow);
  ASSERT_EQ(result.frames.size(), 1U);
  EXPECT_EQ(result.frames[0].bytes, "new");
}

TEST(AbsorbTest, TheEndOfTheCurrentPhaseAdvancesTheBuild) {
  auto result =
      absorb(buildIn(Phase::kPreBuild), {ended(9, {"PRE_BUILD", "SUCCEEDED", "", ""})}, 8, kNow);
  EXPECT_EQ(result.build.phase(), Phase::kBuild);
  EXPECT_EQ(result.build.current().start, kNow);
}

TEST(AbsorbTest, AFailedCommandIsTheContextOfItsPhaseToTheLetter) {
  auto result = absorb(buildIn(Phase::kBuild),
                       {ended(9, {"BUILD", "FAILED", "npm test", "exit status 1"})}, 8, kNow);
  EXPECT_EQ(result.build.phase(), Phase::kPostBuild);
  const auto& phases = result.build.state.phases;
  EXPECT_EQ(phases[phases.size() - 2].context,
            (PhaseContext{"COMMAND_EXECUTION_ERROR",
                          "Error while executing command: npm test. Reason: exit status 1"}));
}

TEST(AbsorbTest, TheEndOfAnotherPhaseChangesNothing) {
  for (const char* phase : {"INSTALL", "POST_BUILD", "nonsense"}) {
    auto result = absorb(buildIn(Phase::kBuild), {ended(9, {phase, "SUCCEEDED", "", ""})}, 8, kNow);
    EXPECT_EQ(result.build.phase(), Phase::kBuild) << phase;
  }
}

TEST(AbsorbTest, ABuildThatIsOverTakesLinesButNoTransition) {
  Build build = buildIn(Phase::kBuild);
  stop(build, kNow);
  auto result =
      absorb(build, {output(9, "last words"), ended(10, {"BUILD", "SUCCEEDED", "", ""})}, 8, kNow);
  EXPECT_EQ(result.build.state.outcome, BuildStatus::kStopped);
  EXPECT_EQ(result.frames.size(), 1U);
  EXPECT_EQ(result.sequence, 10U);
}

Record collected(std::uint64_t sequence, std::vector<std::string> fields) {
  return {sequence, RecordType::kArtifacts, 1, agent::encodeFields(fields)};
}

TEST(AbsorbTest, WhatIsCollectedIsKeptAndThePhaseGoesOnWithTheUpload) {
  auto result = absorb(buildIn(Phase::kUploadArtifacts),
                       {collected(9, {"", "/staged/0", "name", "prefix", "3"}),
                        ended(10, {"UPLOAD_ARTIFACTS", "SUCCEEDED", "", ""})},
                       8, kNow);
  const runtime::CollectedArtifacts all = {{"", "/staged/0", "name", "prefix", 3}};
  EXPECT_EQ(result.artifacts, all);
  EXPECT_TRUE(result.build.state.artifactsCollected);
  EXPECT_EQ(result.build.phase(), Phase::kUploadArtifacts);
  EXPECT_EQ(result.sequence, 10U);
}

TEST(AbsorbTest, ArtifactsThatCannotBeCollectedFailThePhaseAndTheLogSaysSo) {
  auto result = absorb(
      buildIn(Phase::kUploadArtifacts),
      {ended(9, {"UPLOAD_ARTIFACTS", "FAILED", "", "no matching artifact paths found"})}, 8, kNow);
  EXPECT_EQ(result.build.phase(), Phase::kFinalizing);
  const auto& phases = result.build.state.phases;
  EXPECT_EQ(phases[phases.size() - 2].context,
            (PhaseContext{"CLIENT_ERROR", "no matching artifact paths found"}));
  ASSERT_EQ(result.frames.size(), 1U);
  EXPECT_NE(result.frames[0].bytes.find("Phase complete: UPLOAD_ARTIFACTS State: FAILED"),
            std::string::npos);
}

TEST(AbsorbTest, AnEndOfCollectingThatTellsNothingOfArtifactsFailsThePhase) {
  auto result = absorb(
      buildIn(Phase::kUploadArtifacts),
      {collected(9, {"one field"}), ended(10, {"UPLOAD_ARTIFACTS", "SUCCEEDED", "", ""})}, 8, kNow);
  EXPECT_FALSE(result.artifacts);
  EXPECT_EQ(result.build.phase(), Phase::kFinalizing);
}

TEST(AbsorbTest, ArtifactsOfABuildThatHasEndedAreNotKept) {
  Build build = buildIn(Phase::kUploadArtifacts);
  stop(build, kNow);
  auto result = absorb(build, {collected(9, {"", "/staged/0", "", "", "3"})}, 8, kNow);
  EXPECT_FALSE(result.artifacts);
  EXPECT_FALSE(result.build.state.artifactsCollected);
}

}  // namespace
}  // namespace kiln::engine
