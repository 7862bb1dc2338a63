#include "controller/engine/log_lines.h"

#include <gmock/gmock.h>

#include <random>

namespace kiln::engine {
namespace {

using store::LogFrame;
using store::LogPosition;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kNoon = 1'764'676'800'000;

std::vector<LogFrame> framesOf(const std::vector<std::string>& texts) {
  std::vector<LogFrame> frames;
  for (std::size_t i = 0; i < texts.size(); ++i)
    frames.push_back({fromUnixMillis(kNoon + static_cast<std::int64_t>(i)), texts[i]});
  return frames;
}

LineOptions lineOptions(bool last) {
  LineOptions options{
      .limits = {}, .earliest = 0, .latest = kNoon + 1'000'000, .unfinishedSince = {}};
  if (last) options.unfinishedSince = TimePoint::max();
  return options;
}

std::vector<std::string> textsOf(const LineBatch& batch) {
  std::vector<std::string> texts;
  for (const auto& event : batch.events) texts.push_back(event.message);
  return texts;
}

std::uint64_t lengthOf(const std::vector<LogFrame>& frames) {
  std::uint64_t length = 0;
  for (const auto& frame : frames) length += store::LogStore::lengthOf(frame);
  return length;
}

TEST(LogLines, WhatALogSaysIsEventsOfOneLineEach) {
  const std::string replaced = "\xEF\xBF\xBD";
  struct Row {
    const char* title;
    std::vector<std::string> frames;
    std::vector<std::string> events;
  };
  const std::vector<Row> rows = {
      {"nothing", {}, {}},
      {"one line", {"a\n"}, {"a\n"}},
      {"lines of one frame", {"a\nb\n"}, {"a\n", "b\n"}},
      {"a blank line is an event", {"a\n\n\nb\n"}, {"a\n", "\n", "\n", "b\n"}},
      {"a line over three frames", {"a", "b", "c\nd\n"}, {"abc\n", "d\n"}},
      {"no newline at the end", {"a\nb"}, {"a\n", "b"}},
      {"escape sequences", {"\x1b[31mred\x1b[0m\n"}, {"\x1b[31mred\x1b[0m\n"}},
      {"progress stays one line", {"1%\r", "2%\r100%\n"}, {"1%\r2%\r100%\n"}},
      {"carriage return and line feed", {"a\r\nb\r\n"}, {"a\r\n", "b\r\n"}},
      {"bytes that are no text",
       {"caf\xE9 \xFF\xFE\n"},
       {"caf" + replaced + " " + replaced + replaced + "\n"}},
      {"control characters", {std::string("a\0b\x07\n", 5)}, {std::string("a\0b\x07\n", 5)}},
      {"a character over two frames", {"\xC3", "\xA9\n"}, {"\xC3\xA9\n"}},
      {"half a character at the end", {"a\xC3"}, {"a" + replaced}},
      {"empty frames", {"", "a", "", "\n", ""}, {"a\n"}},
  };
  for (const auto& row : rows) {
    const auto frames = framesOf(row.frames);
    const auto batch = takeLines(frames, {}, lineOptions(true));
    EXPECT_EQ(textsOf(batch), row.events) << row.title;
    if (!row.events.empty()) {
      const bool trailing = !row.frames.back().empty();
      EXPECT_EQ(batch.end.bytes, 0U) << row.title;
      if (trailing) {
        EXPECT_EQ(batch.end.frame, lengthOf(frames)) << row.title;
      }
    }
  }
}

TEST(LogLines, ALineThatHasNotEndedWaitsAndTellsSinceWhen) {
  const auto batch = takeLines(framesOf({"a\nb", "c"}), {}, lineOptions(false));
  EXPECT_THAT(textsOf(batch), ElementsAre("a\n"));
  EXPECT_EQ(batch.end, (LogPosition{0, 2}));
  EXPECT_EQ(batch.unfinished, fromUnixMillis(kNoon));
}

TEST(LogLines, ALineThatHasWaitedLongEnoughIsAnEventButNoHalfCharacterIs) {
  auto options = lineOptions(false);
  options.unfinishedSince = fromUnixMillis(kNoon);
  EXPECT_THAT(textsOf(takeLines(framesOf({"75%\r"}), {}, options)), ElementsAre("75%\r"));
  EXPECT_THAT(textsOf(takeLines(framesOf({"75\xE2\x82"}), {}, options)), IsEmpty());
  options.unfinishedSince = fromUnixMillis(kNoon - 1);
  EXPECT_THAT(textsOf(takeLines(framesOf({"75%\r"}), {}, options)), IsEmpty());
}

TEST(LogLines, GoingOnFromAPositionGivesTheRestAndNothingTwice) {
  const auto frames = framesOf({"a\nb\nc", "d\n", "e\n"});
  const auto first = takeLines(std::span(frames).first(1), {}, lineOptions(false));
  EXPECT_THAT(textsOf(first), ElementsAre("a\n", "b\n"));
  const auto rest = takeLines(frames, first.end, lineOptions(true));
  EXPECT_THAT(textsOf(rest), ElementsAre("cd\n", "e\n"));
}

TEST(LogLines, TimesAreTheFramesAndNeverFall) {
  std::vector<LogFrame> frames = framesOf({"a\n", "b\n", "c\n"});
  frames[1].time = fromUnixMillis(kNoon - 5'000);
  frames[2].time = fromUnixMillis(kNoon + 9'000'000);  // a clock that is ahead
  auto options = lineOptions(true);
  options.earliest = kNoon - 1;
  const auto batch = takeLines(frames, {}, options);
  EXPECT_EQ(batch.events[0].timestamp, kNoon);
  EXPECT_EQ(batch.events[1].timestamp, kNoon);
  EXPECT_EQ(batch.events[2].timestamp, options.latest);
}

TEST(LogLines, ABatchIsAsLargeAsItsLimitsAllowAndTheNextOneGoesOn) {
  const auto frames = framesOf({std::string("0123456789\n0123456789\n0123456789\n"), "x\n"});
  auto options = lineOptions(true);
  options.limits.events = 2;
  auto batch = takeLines(frames, {}, options);
  EXPECT_EQ(batch.events.size(), 2U);
  EXPECT_TRUE(batch.full);
  EXPECT_EQ(batch.end, (LogPosition{0, 22}));
  options.limits = {.bytes = 11 + 26, .events = 100, .spanMillis = 1000};
  EXPECT_EQ(takeLines(frames, batch.end, options).events.size(), 1U);
  options.limits = {.bytes = 1000, .events = 100, .spanMillis = 0};
  EXPECT_EQ(takeLines(frames, {}, options).events.size(), 3U);
}

TEST(LogLines, ALineLongerThanAnEventIsCutBetweenCharacters) {
  std::string line(kLongestEvent - 4, 'x');
  line += "\xE2\x82\xAC tail\n";  // the euro sign lies where a cut may be
  const auto batch = takeLines(framesOf({line}), {}, lineOptions(true));
  ASSERT_EQ(batch.events.size(), 2U);
  EXPECT_LE(batch.events[0].message.size(), kLongestEvent);
  EXPECT_EQ(batch.events[0].message + batch.events[1].message, line);
  EXPECT_TRUE(batch.events[0].message.ends_with("\xE2\x82\xAC"));
}

TEST(LogLines, ALongLineOfNoTextIsCutAgainWhereReplacingMadeItLonger) {
  const std::string line(2 * kLongestEvent, '\xFF');
  const auto batch = takeLines(framesOf({line}), {}, lineOptions(true));
  std::size_t bytes = 0;
  for (const auto& event : batch.events) {
    EXPECT_LE(event.message.size(), kLongestEvent);
    bytes += event.message.size();
  }
  EXPECT_TRUE(batch.full);
  const auto rest = takeLines(framesOf({line}), batch.end, lineOptions(true));
  for (const auto& event : rest.events) bytes += event.message.size();
  EXPECT_EQ(bytes, 3 * line.size());
}

// However frames and batches divide it, the log is the same events.
TEST(LogLines, AnyDivisionGivesTheSameEvents) {
  std::mt19937 dice(42);
  const std::string alphabet = "ab\r\x1b\n\n\xC3\xA9\xFF";
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (auto i = dice() % 200; i > 0; --i) text += alphabet[dice() % alphabet.size()];
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size();) {
      const auto size = 1 + dice() % 9;
      parts.push_back(text.substr(at, size));
      at += size;
    }
    const auto whole = takeLines(framesOf({text}), {}, lineOptions(true));
    const auto frames = framesOf(parts);
    auto options = lineOptions(true);
    options.limits.events = 1 + dice() % 5;
    std::vector<std::string> seen;
    for (LogPosition at; at.frame < lengthOf(frames);) {
      std::size_t first = 0;
      std::uint64_t offset = 0;
      while (offset < at.frame) offset += store::LogStore::lengthOf(frames[first++]);
      const auto batch = takeLines(std::span(frames).subspan(first), at, options);
      ASSERT_FALSE(batch.events.empty());
      for (const auto& event : batch.events) seen.push_back(event.message);
      at = batch.end;
    }
    ASSERT_EQ(seen, textsOf(whole)) << "round " << round;
  }
}

}  // namespace
}  // namespace kiln::engine
