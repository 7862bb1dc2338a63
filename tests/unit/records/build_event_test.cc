#include "store/records/build_event.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <sstream>

#include "tests/unit/records/sample_builds.h"

namespace kiln::store {
namespace {

using nlohmann::json;

json bodyOf(const OutboxEntry& entry) { return json::parse(entry.body); }

// "SUBMITTED SUCCEEDED" for a phase's end, "-> FAILED" for a change of state.
std::vector<std::string> storyOf(const std::vector<OutboxEntry>& events) {
  std::vector<std::string> story;
  for (const OutboxEntry& event : events) {
    const json detail = bodyOf(event)["detail"];
    if (detail.contains("build-status")) {
      story.push_back("-> " + detail["build-status"].get<std::string>());
    } else {
      story.push_back(detail["completed-phase"].get<std::string>() + " " +
                      detail["completed-phase-status"].get<std::string>());
    }
  }
  return story;
}

std::string golden(const std::string& name) {
  std::ifstream file(std::string(KILN_SOURCE_DIR) + "/tests/golden/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const PhaseContext kMavenFailed = {
    "COMMAND_EXECUTION_ERROR", "Error while executing command: mvn package. Reason: exit status 1"};

TEST(BuildEvent, AnAcceptedBuildTellsInProgressAndTheEndOfSubmitted) {
  EXPECT_THAT(storyOf(eventsBetween(nullptr, sampleBuild())),
              testing::ElementsAre("-> IN_PROGRESS", "SUBMITTED SUCCEEDED"));
}

TEST(BuildEvent, NothingChangedTellsNothing) {
  const Build build = sampleBuild();
  EXPECT_TRUE(eventsBetween(&build, build).empty());
}

TEST(BuildEvent, EveryPhaseOfALifeIsToldOnceInOrder) {
  const Build end = sampleCompleted(PhaseStatus::kFailed, kMavenFailed);
  const std::vector<std::string> story = {"-> IN_PROGRESS",
                                          "SUBMITTED SUCCEEDED",
                                          "QUEUED SUCCEEDED",
                                          "PROVISIONING SUCCEEDED",
                                          "DOWNLOAD_SOURCE SUCCEEDED",
                                          "INSTALL SUCCEEDED",
                                          "PRE_BUILD SUCCEEDED",
                                          "BUILD FAILED",
                                          "POST_BUILD SUCCEEDED",
                                          "UPLOAD_ARTIFACTS SUCCEEDED",
                                          "FINALIZING SUCCEEDED",
                                          "-> FAILED"};
  EXPECT_EQ(storyOf(eventsBetween(nullptr, end)), story);
}

TEST(BuildEvent, StepByStepTellsTheSameEventsAsAllAtOnce) {
  const Build end = sampleCompleted(PhaseStatus::kFailed, kMavenFailed);
  std::vector<OutboxEntry> stepwise;
  Build before;
  for (std::size_t phases = 2; phases <= end.state.phases.size(); ++phases) {
    Build after = end;
    after.state.phases.resize(phases);
    if (!after.complete()) {
      PhaseRecord& running = after.state.phases.back();
      running = {
          .phase = running.phase, .start = running.start, .end = {}, .status = {}, .context = {}};
      after.state.outcome = BuildStatus::kInProgress;
    }
    for (auto& event : eventsBetween(phases == 2 ? nullptr : &before, after))
      stepwise.push_back(event);
    before = after;
  }
  const auto atOnce = eventsBetween(nullptr, end);
  ASSERT_EQ(stepwise.size(), atOnce.size());
  for (std::size_t i = 0; i < atOnce.size(); ++i) {
    EXPECT_EQ(stepwise[i].id, atOnce[i].id);
    EXPECT_EQ(stepwise[i].body, atOnce[i].body);
  }
}

TEST(BuildEvent, IdsDifferWithinABuildAndAreTheEnvelopes) {
  std::set<std::string> ids;
  for (const auto& event : eventsBetween(nullptr, sampleCompleted(PhaseStatus::kSucceeded, {}))) {
    EXPECT_TRUE(ids.insert(event.id).second);
    EXPECT_TRUE(isUuid(event.id));
    EXPECT_EQ(bodyOf(event)["id"], event.id);
    EXPECT_EQ(event.subject, sampleId().key());
  }
}

TEST(BuildEvent, AStopTellsTheStoppedPhaseAndTheState) {
  const Build before = sampleBuild();
  Build after = before;
  stop(after, sampleTime(3));
  const auto events = eventsBetween(&before, after);
  EXPECT_THAT(storyOf(events), testing::ElementsAre("QUEUED STOPPED", "-> STOPPED"));
  const json detail = bodyOf(events[0])["detail"];
  EXPECT_EQ(detail["completed-phase-context"], "[]");
  EXPECT_EQ(detail["completed-phase-duration-seconds"], 3.0);
  EXPECT_EQ(bodyOf(events[1])["detail"]["additional-information"]["logs"]["deep-link"],
            "https://console.aws.amazon.com/cloudwatch/"
            "home?region=us-west-2#logEvent:group=null;stream=null");
}

TEST(BuildEvent, TimesOfEnvelopesAreThoseOfTheFacts) {
  const auto events = eventsBetween(nullptr, sampleCompleted(PhaseStatus::kSucceeded, {}));
  EXPECT_EQ(bodyOf(events.front())["time"], "2017-09-01T16:12:29Z");
  const auto& provisioning = events[3];
  EXPECT_EQ(bodyOf(provisioning)["detail"]["completed-phase-start"], "Sep 1, 2017 4:12:31 PM");
  EXPECT_EQ(bodyOf(provisioning)["time"], "2017-09-01T16:12:31Z") << "the start of the phase";
  EXPECT_EQ(bodyOf(events.back())["time"], "2017-09-01T16:12:47Z");
}

TEST(BuildEvent, MidnightAndNoonAreTwelve) {
  auto startedAt = [](std::int64_t unixSeconds) {
    const Build build = newBuild({.id = sampleId(),
                                  .number = 1,
                                  .now = fromUnixMillis(unixSeconds * 1000),
                                  .initiator = "u"},
                                 sampleBuildPart(), sampleRequestPart());
    return bodyOf(
        eventsBetween(nullptr, build)[0])["detail"]["additional-information"]["build-start-time"];
  };
  EXPECT_EQ(startedAt(1'704'067'205), "Jan 1, 2024 12:00:05 AM");
  EXPECT_EQ(startedAt(1'704'110'400), "Jan 1, 2024 12:00:00 PM");
}

// IN_PROGRESS, the end of a failed BUILD, and FAILED; what was got is left beside the program when it differs.
TEST(BuildEvent, WireFormIsTheGoldenOne) {
  const auto events = eventsBetween(nullptr, sampleCompleted(PhaseStatus::kFailed, kMavenFailed));
  json told = json::array({bodyOf(events[0]), bodyOf(events[7]), bodyOf(events[11])});
  const std::string text = told.dump(2) + "\n";
  const bool same = text == golden("build_events.json");
  if (!same) std::ofstream(std::string(KILN_BINARY_DIR) + "/build_events.json") << text;
  EXPECT_TRUE(same) << "see " << KILN_BINARY_DIR << "/build_events.json";
}

}  // namespace
}  // namespace kiln::store
