#include "controller/cli/watch_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kiln::cli {
namespace {

using nlohmann::json;

const Traits kPipe{};
const Traits kTerminal{.live = true, .colour = false, .columns = 80, .rows = 6};

json phase(const std::string& type, double start, double end, const std::string& status,
           const std::string& code = "", const std::string& message = "") {
  json out = {{"phaseType", type}, {"startTime", start}};
  if (end == 0) return out;
  out["endTime"] = end;
  out["phaseStatus"] = status;
  out["contexts"] = {{{"statusCode", code}, {"message", message}}};
  return out;
}

BuildFacts building(const std::string& status, const std::vector<json>& phases, double end = 0) {
  json object = {{"id", "hello:1b2c"},
                 {"arn",
                  "arn:aws:codebuild:eu-west-1:000000000000:build/"
                  "hello:1b2c0000-0000-4000-8000-000000000000"},
                 {"projectName", "hello"},
                 {"buildNumber", 12},
                 {"buildStatus", status},
                 {"currentPhase", phases.back()["phaseType"]},
                 {"startTime", 100.0},
                 {"resourceVersion", 7},
                 {"phases", phases}};
  if (end > 0) object["endTime"] = end;
  return *toBuildFacts(object);
}

std::vector<std::string> texts(const Traits& traits, const std::vector<PhaseNews>& news) {
  std::vector<std::string> lines;
  for (const PhaseNews& one : news) lines.push_back(phaseText(traits, one));
  return lines;
}

using Lines = std::vector<std::string>;

TEST(PhaseTrackerTest, EachStartAndEndIsToldOnceAndSkippedPhasesComeInOrder) {
  PhaseTracker tracker;
  const json submitted = phase("SUBMITTED", 100, 100.1, "SUCCEEDED");
  EXPECT_EQ(texts(kPipe, tracker.update(
                             building("IN_PROGRESS", {submitted, phase("QUEUED", 100.1, 0, "")}))),
            (Lines{"==> SUBMITTED SUCCEEDED in 0.1s", "==> QUEUED started"}));
  EXPECT_TRUE(
      tracker.update(building("IN_PROGRESS", {submitted, phase("QUEUED", 100.1, 0, "")})).empty());
  const json queued = phase("QUEUED", 100.1, 103.4, "SUCCEEDED");
  const json build = phase("BUILD", 103.4, 226.9, "FAILED", "COMMAND_EXECUTION_ERROR",
                           "Error while executing command: false. Reason: exit status 1");
  EXPECT_EQ(texts(kPipe, tracker.update(building(
                             "FAILED", {submitted, queued, build, phase("COMPLETED", 226.9, 0, "")},
                             226.9))),
            (Lines{"==> QUEUED SUCCEEDED in 3.3s",
                   "==> BUILD FAILED in 2m 03s: COMMAND_EXECUTION_ERROR: Error while executing "
                   "command: false. Reason: exit status 1"}));
}

TEST(WatchTextTest, OnATerminalPhasesHaveMarksAndColumns) {
  EXPECT_EQ(phaseText(kTerminal, {.phase = {.name = "PROVISIONING",
                                            .status = "SUCCEEDED",
                                            .start = 1,
                                            .end = 1.4,
                                            .problem = {}},
                                  .started = false}),
            "✓ PROVISIONING      0.4s");
  EXPECT_EQ(
      phaseText(
          kTerminal,
          {.phase = {.name = "BUILD", .status = "STOPPED", .start = 1, .end = 4, .problem = {}},
           .started = false}),
      "■ BUILD             3.0s  STOPPED");
  EXPECT_EQ(
      phaseText(kTerminal,
                {.phase = {.name = "BUILD", .status = "", .start = 1, .end = 0, .problem = {}},
                 .started = true}),
      "▸ BUILD");
}

TEST(WatchTextTest, TheEndOfABuildIsItsStatusAndTime) {
  const BuildFacts build =
      building("SUCCEEDED",
               {phase("BUILD", 101, 103.2, "SUCCEEDED"), phase("COMPLETED", 103.2, 0, "")}, 103.2);
  EXPECT_EQ(endText(kPipe, build), (Lines{"==> hello:1b2c SUCCEEDED in 3.2s"}));
  EXPECT_EQ(endText(kTerminal, build),
            (Lines{"", "✓ BUILD             2.2s", "SUCCEEDED in 3.2s  hello:1b2c"}));
  EXPECT_EQ(headingText(kPipe, build), "hello:1b2c  build 12, eu-west-1");
}

TEST(WatchTextTest, LogLinesAreUnchangedInAPipeAndCleanOnATerminal) {
  const LogLine line{.time = "2026-01-02T03:04:05.678Z",
                     .text = "10%\r50%\r100% \x1b[32mdone\r",
                     .offset = 1,
                     .partial = false};
  EXPECT_EQ(logText(kPipe, line, false), line.text);
  EXPECT_EQ(logText(kTerminal, line, false), "100% \x1b[32mdone\x1b[0m");
  EXPECT_EQ(logText(kPipe, {.time = "T", .text = "a", .offset = 1, .partial = false}, true), "T a");
}

TEST(WatchTextTest, TheListFitsTheTerminalNewestFirst) {
  const BuildFacts running = building("IN_PROGRESS", {phase("BUILD", 101, 0, "")});
  BuildFacts done = building("FAILED", {phase("COMPLETED", 109, 0, "")}, 109);
  done.id = "other:2";
  EXPECT_EQ(listTable(kTerminal, {running, done}, 112.5),
            (Lines{"STATUS       PHASE             ELAPSED  BUILD",
                   "IN_PROGRESS  BUILD             12.5s    hello:1b2c",
                   "FAILED       COMPLETED         9.0s     other:2"}));
  EXPECT_EQ(listTable(kTerminal, std::vector<BuildFacts>(5, done), 112.5).back(), "… and 2 more");
  EXPECT_EQ(listLine(running, 112.5), "hello:1b2c  BUILD  IN_PROGRESS  12.5s");
}

TEST(WatchTextTest, DurationsAreShort) {
  EXPECT_EQ(durationText(-1), "0.0s");
  EXPECT_EQ(durationText(0.449), "0.4s");
  EXPECT_EQ(durationText(59.94), "59.9s");
  EXPECT_EQ(durationText(59.96), "1m 00s");
  EXPECT_EQ(durationText(3599), "59m 59s");
  EXPECT_EQ(durationText(3720), "1h 02m");
}

TEST(WatchLineTest, ReadsWhatTheServerSendsAndRefusesTheRest) {
  const auto error = parseWatchLine(
      R"({"type":"ERROR","resourceVersion":3,"object":{"code":410,"message":"too old"}})");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, 410);
  EXPECT_EQ(error->message, "too old");
  const auto mark = parseWatchLine(R"({"type":"BOOKMARK","resourceVersion":9,"object":{}})");
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->version, 9U);
  EXPECT_FALSE(mark->build);
  EXPECT_FALSE(parseWatchLine(R"({"type":"ADD)"));
  EXPECT_FALSE(parseWatchLine("[]"));
  EXPECT_FALSE(parseLogLine("{}"));
  EXPECT_EQ(parseLogLine(R"({"time":"T","text":"x","offset":5,"partial":true})")->offset, 5U);
  EXPECT_EQ(failureText(R"({"message":"no"})"), "no");
  EXPECT_EQ(failureText("plain words\nmore"), "plain words");
}

}  // namespace
}  // namespace kiln::cli
