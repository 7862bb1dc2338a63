#include "api/watch/log_format.h"
#include "tests/unit/watch/watch_fixture.h"

namespace kiln::api {
namespace {

const TimePoint kNoon = fromUnixMillis(1'767'323'045'678);  // 2026-01-02T03:04:05.678Z

std::string read(const Response& response) {
  FakeClient client;
  response.stream(client);
  return client.text();
}

class LogTest : public WatchTest {
 protected:
  std::string path(const BuildId& id, const std::string& query = "") {
    return "/_kiln/builds/" + id.project + "%3A" + id.uuid + "/logs" + query;
  }
};

TEST_F(LogTest, TheCommittedLogIsPlainText) {
  const BuildId id = create("hello").id;
  log(id, {{kNoon, "one\ntw"}, {kNoon + Seconds(1), "o\nthree"}});
  const Response response = get(path(id));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(read(response), "one\ntwo\nthree");
}

TEST_F(LogTest, WhatIsNotCommittedIsNotShown) {
  const BuildId id = create("hello").id;
  log(id, {{kNoon, "kept\n"}});
  const std::vector<store::LogFrame> frames = {{kNoon, "lost\n"}};
  ASSERT_TRUE(logs_.append(id, logged_[id], frames).ok());
  EXPECT_EQ(read(get(path(id))), "kept\n");
}

TEST_F(LogTest, ABuildWithoutALogYetGivesNothing) {
  EXPECT_EQ(read(get(path(create("hello").id))), "");
}

TEST_F(LogTest, AnUnknownBuildAnswers404InASentence) {
  const Response response = get(path({kScope, "hello", newUuid()}));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(response.body.starts_with("There is no build hello:")) << response.body;
  EXPECT_EQ(get(path(create("hello").id, "?follow=maybe")).status, 400);
}

TEST_F(LogTest, TimestampsStandAtTheStartOfEachLine) {
  const BuildId id = create("hello").id;
  log(id, {{kNoon, "one\ntw"}, {kNoon + Seconds(1), "o\nthree\n"}});
  EXPECT_EQ(read(get(path(id, "?timestamps=1"))),
            "2026-01-02T03:04:05.678Z one\n2026-01-02T03:04:05.678Z two\n"
            "2026-01-02T03:04:06.678Z three\n");
}

TEST_F(LogTest, JsonLinesCarryTimeTextAndWhereToGoOn) {
  const BuildId id = create("hello").id;
  log(id, {{kNoon, "one\ntw"}, {kNoon + Seconds(1), "o\nend \xff"}});
  const Response response = get(path(id), {{"accept", "application/x-ndjson"}});
  EXPECT_EQ(response.headers.at("content-type"), "application/x-ndjson");
  EXPECT_EQ(read(response),
            "{\"time\":\"2026-01-02T03:04:05.678Z\",\"text\":\"one\",\"offset\":4}\n"
            "{\"time\":\"2026-01-02T03:04:05.678Z\",\"text\":\"two\",\"offset\":8}\n"
            "{\"time\":\"2026-01-02T03:04:06.678Z\",\"text\":\"end \xef\xbf\xbd\",\"offset\":13,"
            "\"partial\":true}\n");
}

TEST_F(LogTest, AnOffsetGoesOnWhereAnEarlierReadingEnded) {
  const BuildId id = create("hello").id;
  log(id, {{kNoon, "one\ntw"}, {kNoon, "o\nthree\n"}});
  EXPECT_EQ(read(get(path(id, "?offset=5"))), "wo\nthree\n");
  EXPECT_EQ(read(get(path(id, "?offset=8&timestamps=1"))), "2026-01-02T03:04:05.678Z three\n");
  EXPECT_EQ(read(get(path(id, "?offset=99"))), "");
}

TEST_F(LogTest, FollowingEndsWithTheBuildAndHasAllOfTheLog) {
  const BuildId id = create("hello").id;
  log(id, {{kNoon, "early\n"}});
  Running follow(get(path(id, "?follow=1")));
  ASSERT_TRUE(follow.client.waitForText("early\n"));
  std::string whole = "early\n";
  for (int i = 0; i < 50; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    log(id, {{kNoon, line}});
    whole += line;
    if (i % 5 == 0 && get(id).phase() < Phase::kFinalizing) advancePhase(id);
  }
  ASSERT_TRUE(follow.client.waitForText("line 49\n"));
  log(id, {{kNoon, "last words"}});
  complete(id);
  follow.join();
  EXPECT_EQ(follow.client.text(), whole + "last words");
}

TEST_F(LogTest, FollowingACompleteBuildEndsAtOnce) {
  const BuildId id = create("hello").id;
  log(id, {{kNoon, "all\n"}});
  complete(id);
  EXPECT_EQ(read(get(path(id, "?follow=1"))), "all\n");
}

TEST_F(LogTest, FollowingABuildThatStopIsAskedOfWaitsForItsLastLines) {
  const BuildId id = create("hello").id;
  advancePhase(id);
  update(id, store::Half::kSpec,
         [](Build& build) { build.spec.stopRequestedAt = build.current().start + Millis(5); });
  Running follow(get(path(id, "?follow=1")));
  log(id, {{kNoon, "before the stop\n"}});
  ASSERT_TRUE(follow.client.waitForText("before the stop\n"));
  update(id, store::Half::kStatus, [](Build& build) { stop(build, *build.spec.stopRequestedAt); });
  follow.join();
}

TEST_F(LogTest, AClientThatLeavesEndsItsStream) {
  const BuildId id = create("hello").id;
  Running follow(get(path(id, "?follow=1")));
  follow.end();
}

TEST_F(LogTest, ALongLogComesInPieces) {
  const BuildId id = create("hello").id;
  std::string block;
  for (int i = 0; i < 4096; ++i) block += "0123456789abcde\n";
  std::vector<store::LogFrame> frames(64, store::LogFrame{kNoon, block});
  log(id, frames);
  const std::string text = read(get(path(id)));
  EXPECT_EQ(text.size(), 64 * block.size());
  EXPECT_EQ(text.substr(63 * block.size()), block);
}

TEST(LogFormatterTest, AnOverlongLineIsCutBetweenCharacters) {
  LogFormatter formatter(LogFormat::kJsonLines, 0);
  std::string out;
  const std::string start(kLongestLine - 1, 'x');
  formatter.add({kNoon, start + "ä and more\n"}, out);
  const auto lines = jsonLines(out);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["text"], start);
  EXPECT_EQ(lines[0]["partial"], true);
  EXPECT_EQ(lines[0]["offset"], start.size());
  EXPECT_EQ(lines[1]["text"], "ä and more");
  EXPECT_FALSE(lines[1].contains("partial"));
}

TEST(LogFormatterTest, EmptyLinesAreLines) {
  LogFormatter formatter(LogFormat::kJsonLines, 0);
  std::string out;
  formatter.add({kNoon, "\n\na\n"}, out);
  EXPECT_EQ(jsonLines(out).size(), 3U);
}

}  // namespace
}  // namespace kiln::api
