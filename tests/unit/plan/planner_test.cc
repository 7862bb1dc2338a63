#include "controller/plan/planner.h"

#include <gtest/gtest.h>

#include <string>

namespace kiln::plan {
namespace {

constexpr TimePoint at(std::int64_t ms) { return TimePoint(Millis(ms)); }
constexpr TimePoint kNow = at(10'000);

Build buildIn(Phase phase) {
  Build build;
  build.spec.artifactsType = "NO_ARTIFACTS";
  build.state = submitted(at(1000));
  while (build.phase() != phase) advance(build, PhaseStatus::kSucceeded, {}, at(2000));
  if (phase >= Phase::kProvisioning) {
    build.finalizers = {std::string(kContainerFinalizer), std::string(kLogFinalizer)};
  }
  return build;
}

Observed running() {
  Observed seen;
  seen.container = Container::kRunning;
  seen.link = Link::kAttached;
  return seen;
}

std::string planned(const Build& build, const Observed& seen, TimePoint now = kNow) {
  return name(planNext(build, seen, now));
}

struct ProvisioningRow {
  const char* given;
  Container container;
  Link link;
  Job image;
  bool imageRecorded;
  const char* step;
};

class ProvisioningTest : public testing::TestWithParam<ProvisioningRow> {};

TEST_P(ProvisioningTest, PlansOneStepTowardsARunningAgent) {
  const auto& row = GetParam();
  Build build = buildIn(Phase::kProvisioning);
  if (row.imageRecorded) build.state.resolvedImage = "image";
  Observed seen;
  seen.container = row.container;
  seen.link = row.link;
  seen.image = row.image;
  EXPECT_EQ(planned(build, seen), row.step) << row.given;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ProvisioningTest,
    testing::Values(ProvisioningRow{"nothing yet", Container::kAbsent, Link::kNone, Job::kAbsent,
                                    false, "prepare-image"},
                    ProvisioningRow{"pulling", Container::kAbsent, Link::kNone, Job::kRunning,
                                    false, "wait"},
                    ProvisioningRow{"pulled", Container::kAbsent, Link::kNone, Job::kSucceeded,
                                    false, "record-image"},
                    ProvisioningRow{"recorded", Container::kAbsent, Link::kNone, Job::kSucceeded,
                                    true, "create-container"},
                    ProvisioningRow{"recorded, job forgotten", Container::kAbsent, Link::kNone,
                                    Job::kAbsent, true, "create-container"},
                    ProvisioningRow{"no such image", Container::kAbsent, Link::kNone, Job::kFailed,
                                    false, "finish"},
                    ProvisioningRow{"created", Container::kCreated, Link::kNone, Job::kSucceeded,
                                    true, "open-link"},
                    ProvisioningRow{"created, stream broke", Container::kCreated, Link::kLost,
                                    Job::kSucceeded, true, "open-link"},
                    ProvisioningRow{"attached before start", Container::kCreated, Link::kOpening,
                                    Job::kSucceeded, true, "start-container"},
                    ProvisioningRow{"started, agent silent", Container::kRunning, Link::kOpening,
                                    Job::kSucceeded, true, "wait"},
                    ProvisioningRow{"started by a lost reply", Container::kRunning, Link::kNone,
                                    Job::kAbsent, true, "open-link"},
                    ProvisioningRow{"agent answered", Container::kRunning, Link::kAttached,
                                    Job::kSucceeded, true, "finish"},
                    ProvisioningRow{"ended at once", Container::kExited, Link::kLost,
                                    Job::kSucceeded, true, "finish"},
                    ProvisioningRow{"engine away", Container::kUnknown, Link::kNone, Job::kAbsent,
                                    false, "wait"},
                    ProvisioningRow{"engine away later", Container::kUnknown, Link::kLost,
                                    Job::kAbsent, true, "wait"}));

constexpr Phase kAgentPhases[] = {Phase::kDownloadSource, Phase::kInstall, Phase::kPreBuild,
                                  Phase::kBuild, Phase::kPostBuild};

struct AgentRow {
  const char* given;
  Container container;
  Link link;
  bool records;
  bool asked;  // the agent was asked to run this phase
  Job journal;
  const char* step;
};

class AgentPhaseTest : public testing::TestWithParam<AgentRow> {};

TEST_P(AgentPhaseTest, PlansTheSameInEveryPhaseTheAgentRuns) {
  const auto& row = GetParam();
  for (const Phase phase : kAgentPhases) {
    const Build build = buildIn(phase);
    Observed seen;
    seen.container = row.container;
    seen.link = row.link;
    seen.recordsWaiting = row.records;
    seen.journal = row.journal;
    if (row.asked) seen.agentPhase = phase;
    EXPECT_EQ(planned(build, seen), row.step) << row.given << " in " << name(phase);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, AgentPhaseTest,
    testing::Values(AgentRow{"not asked", Container::kRunning, Link::kAttached, false, false,
                             Job::kAbsent, "run-phase"},
                    AgentRow{"running", Container::kRunning, Link::kAttached, false, true,
                             Job::kAbsent, "wait"},
                    AgentRow{"told something", Container::kRunning, Link::kAttached, true, true,
                             Job::kAbsent, "absorb-records"},
                    AgentRow{"told before asked", Container::kRunning, Link::kAttached, true, false,
                             Job::kAbsent, "absorb-records"},
                    AgentRow{"restarted", Container::kRunning, Link::kNone, false, false,
                             Job::kAbsent, "open-link"},
                    AgentRow{"stream broke", Container::kRunning, Link::kLost, false, true,
                             Job::kAbsent, "open-link"},
                    AgentRow{"hello unanswered", Container::kRunning, Link::kOpening, false, false,
                             Job::kAbsent, "wait"},
                    AgentRow{"died", Container::kExited, Link::kLost, false, true, Job::kAbsent,
                             "read-journal"},
                    AgentRow{"died, records here", Container::kExited, Link::kLost, true, true,
                             Job::kAbsent, "absorb-records"},
                    AgentRow{"died, reading", Container::kExited, Link::kNone, false, false,
                             Job::kRunning, "wait"},
                    AgentRow{"died, reading failed", Container::kExited, Link::kNone, false, false,
                             Job::kFailed, "read-journal"},
                    AgentRow{"died, journal has more", Container::kExited, Link::kDrained, true,
                             false, Job::kSucceeded, "absorb-records"},
                    AgentRow{"died, nothing more", Container::kExited, Link::kDrained, false, false,
                             Job::kSucceeded, "finish"},
                    AgentRow{"removed", Container::kAbsent, Link::kLost, false, true, Job::kAbsent,
                             "finish"},
                    AgentRow{"removed, records here", Container::kAbsent, Link::kLost, true, true,
                             Job::kAbsent, "absorb-records"},
                    AgentRow{"replaced", Container::kCreated, Link::kNone, false, false,
                             Job::kAbsent, "finish"},
                    AgentRow{"engine away", Container::kUnknown, Link::kLost, false, true,
                             Job::kAbsent, "wait"},
                    AgentRow{"engine away, records here", Container::kUnknown, Link::kLost, true,
                             true, Job::kAbsent, "absorb-records"}));

struct SourcesRow {
  const char* given;
  Job job;
  bool fetched;
  const char* step;
};

class SourcesTest : public testing::TestWithParam<SourcesRow> {};

TEST_P(SourcesTest, SourcesAreInTheContainerBeforeTheAgentIsAskedForThePhase) {
  const auto& row = GetParam();
  Build build = buildIn(Phase::kDownloadSource);
  build.spec.sources = {{.identifier = "", .type = "CODECOMMIT", .location = "u", .version = ""}};
  build.state.sourcesFetched = row.fetched;
  Observed seen = running();
  seen.sources = row.job;
  seen.sourceFailure = {"CLIENT_ERROR", "why"};
  const auto step = planNext(build, seen, kNow);
  EXPECT_STREQ(name(step), row.step) << row.given;
  if (const auto* end = std::get_if<Finish>(&step)) {
    EXPECT_EQ(end->status, PhaseStatus::kFailed);
    EXPECT_EQ(end->context, seen.sourceFailure);
  }
  seen.link = Link::kLost;
  EXPECT_EQ(planned(build, seen), "open-link") << row.given;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, SourcesTest,
    testing::Values(SourcesRow{"nothing yet", Job::kAbsent, false, "fetch-sources"},
                    SourcesRow{"under way", Job::kRunning, false, "wait"},
                    SourcesRow{"there", Job::kSucceeded, false, "record-sources"},
                    SourcesRow{"cannot be had", Job::kFailed, false, "finish"},
                    SourcesRow{"recorded", Job::kSucceeded, true, "run-phase"},
                    SourcesRow{"recorded, job forgotten", Job::kAbsent, true, "run-phase"}));

struct ArtifactsRow {
  const char* given;
  bool collected;
  Job upload;
  const char* step;
};

class ArtifactsTest : public testing::TestWithParam<ArtifactsRow> {};

TEST_P(ArtifactsTest, WhatTheAgentHasCollectedIsUploadedByAJob) {
  const auto& row = GetParam();
  Build build = buildIn(Phase::kUploadArtifacts);
  build.spec.artifactsType = "S3";
  build.spec.artifacts = {{.bucket = "b"}};
  build.state.artifactsCollected = row.collected;
  Observed seen = running();
  seen.upload = row.upload;
  seen.uploadFailure = {"CLIENT_ERROR", "why"};
  const auto step = planNext(build, seen, kNow);
  EXPECT_STREQ(name(step), row.step) << row.given;
  if (const auto* end = std::get_if<Finish>(&step)) {
    EXPECT_EQ(end->status, PhaseStatus::kFailed);
    EXPECT_EQ(end->context, seen.uploadFailure);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ArtifactsTest,
    testing::Values(ArtifactsRow{"not collected", false, Job::kAbsent, "run-phase"},
                    ArtifactsRow{"collected", true, Job::kAbsent, "upload-artifacts"},
                    ArtifactsRow{"under way", true, Job::kRunning, "wait"},
                    ArtifactsRow{"there", true, Job::kSucceeded, "record-artifacts"},
                    ArtifactsRow{"no such bucket", true, Job::kFailed, "finish"}));

TEST(PlannerTest, CollectedArtifactsAreUploadedFromAContainerThatHasEnded) {
  Build build = buildIn(Phase::kUploadArtifacts);
  build.spec.artifacts = {{.bucket = "b"}};
  build.state.artifactsCollected = true;
  Observed seen;
  seen.container = Container::kExited;
  EXPECT_EQ(planned(build, seen), "upload-artifacts");
}

TEST(PlannerTest, WithoutArtifactsOfS3NothingIsCollected) {
  Build build = buildIn(Phase::kUploadArtifacts);
  build.spec.artifactsType = "NO_ARTIFACTS";
  const auto step = planNext(build, running(), kNow);
  EXPECT_EQ(std::get<Finish>(step).status, PhaseStatus::kSucceeded);
}

TEST(PlannerTest, OnlyDownloadSourceFetches) {
  Build build = buildIn(Phase::kInstall);
  build.spec.sources = {{.identifier = "", .type = "S3", .location = "b/k", .version = ""}};
  EXPECT_EQ(planned(build, running()), "run-phase");
  build = buildIn(Phase::kDownloadSource);
  EXPECT_EQ(planned(build, running()), "run-phase");
}

TEST(PlannerTest, AContainerThatIsGoneFaultsTheBuildWithTheEnginesAccount) {
  Observed seen;
  seen.container = Container::kExited;
  seen.link = Link::kDrained;
  seen.containerEnd = "the container exited with code 137";
  const auto step = planNext(buildIn(Phase::kBuild), seen, kNow);
  const auto& finish = std::get<Finish>(step);
  EXPECT_EQ(finish.status, PhaseStatus::kFault);
  EXPECT_EQ(
      finish.context.message,
      "Build container found dead before completing the build. Build container died because it was "
      "out of memory, or "
      "the Docker image is not supported. ErrorCode: 500 (the container exited with code 137)");
}

TEST(PlannerTest, AQueuedBuildGoesOnOnlyWhenAdmitted) {
  const Build build = buildIn(Phase::kQueued);
  Observed seen;
  EXPECT_EQ(planned(build, seen), "wait");
  seen.admitted = true;
  EXPECT_EQ(planned(build, seen), "finish");
}

TEST(PlannerTest, ArtifactsThatKilnCannotUploadFailThePhaseAndNeverPretend) {
  Build build = buildIn(Phase::kUploadArtifacts);
  EXPECT_EQ(std::get<Finish>(planNext(build, running(), kNow)).status, PhaseStatus::kSucceeded);
  build.spec.artifactsType = "CODEPIPELINE";
  EXPECT_EQ(std::get<Finish>(planNext(build, running(), kNow)).status, PhaseStatus::kFailed);
}

class EveryPhaseTest : public testing::TestWithParam<Phase> {};

TEST_P(EveryPhaseTest, AStopRequestComesBeforeEverythingUntilFinalizing) {
  Build build = buildIn(GetParam());
  build.spec.stopRequestedAt = at(3000);
  Observed seen = running();
  seen.recordsWaiting = true;
  seen.phaseEndWaiting = true;
  const bool applies = GetParam() < Phase::kFinalizing;
  EXPECT_EQ(planned(build, seen) == "stop", applies);
}

TEST_P(EveryPhaseTest, APassedDeadlineTimesOutUntilFinalizing) {
  const Build build = buildIn(GetParam());
  const bool applies = GetParam() < Phase::kFinalizing;
  EXPECT_EQ(planned(build, running(), at(1'000'000'000)) == "time-out", applies);
}

TEST_P(EveryPhaseTest, AStopRequestBeatsAPassedDeadline) {
  Build build = buildIn(GetParam());
  build.spec.stopRequestedAt = at(3000);
  EXPECT_NE(planned(build, running(), at(1'000'000'000)), "time-out");
}

TEST_P(EveryPhaseTest, DeletionComesBeforeEverything) {
  Build build = buildIn(GetParam());
  build.deleted = true;
  build.spec.stopRequestedAt = at(3000);
  const bool guarded = GetParam() >= Phase::kProvisioning;
  EXPECT_EQ(planned(build, running()), guarded ? "remove-container" : "erase-record");
}

INSTANTIATE_TEST_SUITE_P(All, EveryPhaseTest,
                         testing::Values(Phase::kQueued, Phase::kProvisioning,
                                         Phase::kDownloadSource, Phase::kInstall, Phase::kPreBuild,
                                         Phase::kBuild, Phase::kPostBuild, Phase::kUploadArtifacts,
                                         Phase::kFinalizing, Phase::kCompleted));

TEST(PlannerTest, APhaseEndThatIsHereAlreadyBeatsTheDeadline) {
  Observed seen = running();
  seen.recordsWaiting = true;
  EXPECT_EQ(planned(buildIn(Phase::kBuild), seen, at(1'000'000'000)), "time-out");
  seen.phaseEndWaiting = true;
  EXPECT_EQ(planned(buildIn(Phase::kBuild), seen, at(1'000'000'000)), "absorb-records");
}

TEST(PlannerTest, StopAndDeadlineDoNotWaitForAnEngineThatIsAway) {
  Build build = buildIn(Phase::kBuild);
  Observed away;
  EXPECT_EQ(planned(build, away, at(1'000'000'000)), "time-out");
  build.spec.stopRequestedAt = at(3000);
  EXPECT_EQ(planned(build, away), "stop");
}

TEST(PlannerTest, TheClockRunsFromProvisioningAndWhileQueuedFromSubmission) {
  Build build = buildIn(Phase::kQueued);
  build.spec.queuedTimeout = Minutes(5);
  build.spec.timeout = Minutes(7);
  EXPECT_EQ(deadlineOf(build, Millis(10)), at(1050));
  advance(build, PhaseStatus::kSucceeded, {}, at(2000));
  advance(build, PhaseStatus::kSucceeded, {}, at(2500));
  EXPECT_EQ(deadlineOf(build, Millis(10)), at(2070));
  EXPECT_EQ(std::get<Wait>(planNext(build, Observed(), kNow)).until, at(2000 + 7 * 60'000));
}

TEST(PlannerTest, ACompletedBuildGivesUpItsContainerAndThenRests) {
  Build build = buildIn(Phase::kCompleted);
  Observed seen;
  EXPECT_EQ(planned(build, seen), "wait") << "engine away";
  for (auto container : {Container::kCreated, Container::kRunning, Container::kExited}) {
    seen.container = container;
    EXPECT_EQ(planned(build, seen), "remove-container");
  }
  seen.container = Container::kAbsent;
  EXPECT_EQ(planned(build, seen), "release-container");
  build.finalizers = {std::string(kLogFinalizer)};
  EXPECT_EQ(planned(build, seen), "wait");
}

TEST(PlannerTest, AContainerThatSomebodyLooksIntoStaysUntilTheyLetGo) {
  Build build = buildIn(Phase::kCompleted);
  build.finalizers.emplace_back(kShellFinalizer);
  EXPECT_EQ(planned(build, running()), "wait");
  build.deleted = true;
  EXPECT_EQ(planned(build, running()), "wait");
  build.deleted = false;
  build.finalizers.pop_back();
  EXPECT_EQ(planned(build, running()), "remove-container");
}

TEST(PlannerTest, WhoWantsToLookIntoTheContainerChangesNothingBeforeTheEnd) {
  Build build = buildIn(Phase::kBuild);
  build.finalizers.emplace_back(kShellFinalizer);
  EXPECT_EQ(planned(build, running()), "run-phase");
}

TEST(PlannerTest, ADeletedBuildGoesInTheOrderContainerLogRecord) {
  Build build = buildIn(Phase::kCompleted);
  build.deleted = true;
  Observed seen;
  seen.container = Container::kAbsent;
  EXPECT_EQ(planned(build, seen), "release-container");
  build.finalizers = {std::string(kLogFinalizer)};
  EXPECT_EQ(planned(build, seen), "erase-log");
  build.finalizers.clear();
  EXPECT_EQ(planned(build, seen), "erase-record");
}

}  // namespace
}  // namespace kiln::plan
