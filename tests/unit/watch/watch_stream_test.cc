#include <gmock/gmock.h>

#include "tests/unit/watch/watch_fixture.h"

namespace kiln::api {
namespace {

using testing::ElementsAre;

std::vector<std::string> phasesOf(const std::vector<json>& lines) {
  std::vector<std::string> phases;
  for (const json& line : lines) {
    if (line["type"] != "BOOKMARK") {
      phases.push_back(line["type"].get<std::string>() + " " +
                       line["object"].value("currentPhase", "?"));
    }
  }
  return phases;
}

TEST_F(WatchTest, EveryTransitionComesInOrderAfterTheListAndItsBookmark) {
  const BuildId id = create("hello").id;
  Running watch(get("/_kiln/watch/builds"));
  ASSERT_TRUE(watch.client.waitForText("BOOKMARK"));
  complete(id);
  ASSERT_TRUE(watch.client.waitForText("\"COMPLETED\""));
  const auto lines = jsonLines(watch.client.text());
  EXPECT_THAT(
      phasesOf(lines),
      ElementsAre("ADDED QUEUED", "MODIFIED PROVISIONING", "MODIFIED DOWNLOAD_SOURCE",
                  "MODIFIED INSTALL", "MODIFIED PRE_BUILD", "MODIFIED BUILD", "MODIFIED POST_BUILD",
                  "MODIFIED UPLOAD_ARTIFACTS", "MODIFIED FINALIZING", "MODIFIED COMPLETED"));
  EXPECT_EQ(lines[0]["resourceVersion"], 0);
  EXPECT_EQ(lines[1]["type"], "BOOKMARK");
  EXPECT_EQ(lines.back()["object"]["buildStatus"], "SUCCEEDED");
  EXPECT_EQ(lines.back()["object"]["resourceVersion"], lines.back()["resourceVersion"]);
}

TEST_F(WatchTest, AListOfManyPagesHoldsEachBuildOnce) {
  open(100'000, {.page = 3});
  for (int i = 1; i <= 10; ++i) create("hello", i);
  Running watch(get("/_kiln/watch/builds"));
  ASSERT_TRUE(watch.client.waitForText("BOOKMARK"));
  std::vector<int> numbers;
  for (const json& line : jsonLines(watch.client.text())) {
    if (line["type"] == "ADDED") numbers.push_back(line["object"]["buildNumber"]);
  }
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST_F(WatchTest, AWatcherThatComesBackWithItsLastVersionMissesNothing) {
  const BuildId id = create("hello").id;
  std::uint64_t last = 0;
  std::vector<std::string> phases;
  for (int round = 0; round < 4; ++round) {
    Running watch(
        get("/_kiln/watch/builds" + (last == 0 ? "" : "?resourceVersion=" + std::to_string(last))));
    ASSERT_TRUE(watch.client.waitForText("BOOKMARK"));
    advancePhase(id);
    ASSERT_TRUE(watch.client.waitForText("\"" + std::string(name(get(id).phase())) + "\""));
    watch.end();
    const auto lines = jsonLines(watch.client.text());
    last = lines.back()["resourceVersion"];
    for (const auto& phase : phasesOf(lines)) phases.push_back(phase);
    advancePhase(id);  // while nobody watches
  }
  EXPECT_THAT(phases,
              ElementsAre("ADDED QUEUED", "MODIFIED PROVISIONING", "MODIFIED DOWNLOAD_SOURCE",
                          "MODIFIED INSTALL", "MODIFIED PRE_BUILD", "MODIFIED BUILD",
                          "MODIFIED POST_BUILD", "MODIFIED UPLOAD_ARTIFACTS"));
}

TEST_F(WatchTest, AClientCutOffInsideACommitGetsTheRestOfIt) {
  create("seed");
  const std::uint64_t before = store_->version();
  const std::vector<Build> together = {newBuild("a", 1), newBuild("b", 1), newBuild("c", 1)};
  create(together);
  Running watch(get("/_kiln/watch/builds?resourceVersion=" + std::to_string(before)));
  ASSERT_TRUE(watch.client.waitForLines(3));
  const auto lines = jsonLines(watch.client.text());
  EXPECT_EQ(lines[0]["resourceVersion"], before);
  EXPECT_EQ(lines[1]["resourceVersion"], before);
  EXPECT_EQ(lines[2]["resourceVersion"], before + 1);
  EXPECT_EQ(lines[0]["object"]["resourceVersion"], before + 1);
}

TEST_F(WatchTest, TheOnlyMatchingChangeOfACommitCarriesItsVersion) {
  create("seed");
  const std::uint64_t before = store_->version();
  create({newBuild("a", 1), newBuild("b", 1), newBuild("c", 1)});
  Running watch(get("/_kiln/watch/builds?project=a&resourceVersion=" + std::to_string(before)));
  ASSERT_TRUE(watch.client.waitForLines(1));
  const auto lines = jsonLines(watch.client.text());
  EXPECT_EQ(lines[0]["object"]["projectName"], "a");
  EXPECT_EQ(lines[0]["resourceVersion"], before + 1);
}

TEST_F(WatchTest, ACommitLargerThanAPageIsNotTorn) {
  open(100'000, {.page = 2});
  create("seed");
  const std::uint64_t before = store_->version();
  std::vector<Build> many;
  for (int i = 1; i <= 9; ++i) many.push_back(newBuild("p" + std::to_string(i), 1));
  create(many);
  create("last");
  Running watch(get("/_kiln/watch/builds?resourceVersion=" + std::to_string(before)));
  ASSERT_TRUE(watch.client.waitForText("\"last\""));
  EXPECT_EQ(phasesOf(jsonLines(watch.client.text())).size(), 10U);
}

TEST_F(WatchTest, FiltersByProjectIdAndRegion) {
  const Scope elsewhere{kScope.account, "us-west-2"};
  const Build a = create("a");
  create("ab");
  const Build far = create("a", 1, elsewhere);
  const auto seen = [&](const std::string& query) {
    Running watch(get("/_kiln/watch/builds?" + query));
    EXPECT_TRUE(watch.client.waitForText("BOOKMARK"));
    std::vector<std::string> ids;
    for (const json& line : jsonLines(watch.client.text())) {
      if (line["type"] == "ADDED") ids.push_back(line["object"]["arn"]);
    }
    return ids;
  };
  EXPECT_THAT(seen("project=a"), ElementsAre(a.id.arn()));
  EXPECT_THAT(seen("id=" + a.id.name()), ElementsAre(a.id.arn()));
  EXPECT_THAT(seen("id=" + far.id.arn()), ElementsAre(far.id.arn()));
  EXPECT_THAT(seen("region=us-west-2"), ElementsAre(far.id.arn()));
  EXPECT_THAT(seen("region=*&project=a"), ElementsAre(a.id.arn(), far.id.arn()));
  EXPECT_EQ(seen("region=*").size(), 3U);
  EXPECT_EQ(seen("id=" + a.id.name() + "&region=us-west-2").size(), 0U);
}

TEST_F(WatchTest, ARequestedStopShowsAtOnceInItsFinalForm) {
  const BuildId id = create("hello").id;
  advancePhase(id);
  Running watch(get("/_kiln/watch/builds?id=" + id.name()));
  ASSERT_TRUE(watch.client.waitForText("BOOKMARK"));
  update(id, store::Half::kSpec,
         [&](Build& build) { build.spec.stopRequestedAt = build.current().start + Millis(5); });
  ASSERT_TRUE(watch.client.waitForText("STOPPED"));
  const auto lines = jsonLines(watch.client.text());
  EXPECT_EQ(lines.back()["object"]["buildStatus"], "STOPPED");
  EXPECT_EQ(lines.back()["object"]["currentPhase"], "COMPLETED");
}

TEST_F(WatchTest, ADeletedBuildIsToldOnceWhenItsDeletionIsAsked) {
  const BuildId id = create("hello").id;
  const BuildId other = create("other").id;
  complete(id);
  Running watch(get("/_kiln/watch/builds"));
  ASSERT_TRUE(watch.client.waitForText("BOOKMARK"));
  update(id, store::Half::kSpec, [&](Build& build) {
    build.deleted = true;
    build.finalizers = {"one", "two"};
  });
  update(id, store::Half::kStatus, [](Build& build) { build.finalizers = {"two"}; });
  erase(id);
  erase(other);
  ASSERT_TRUE(watch.client.waitForText("other:"));
  ASSERT_TRUE(watch.client.waitFor([&](const std::string& text) {
    return jsonLines(text).back()["object"]["id"] == other.name() &&
           jsonLines(text).back()["type"] == "DELETED";
  }));
  int deleted = 0;
  for (const json& line : jsonLines(watch.client.text())) {
    if (line["object"].value("id", "") != id.name()) continue;
    deleted += line["type"] == "DELETED" ? 1 : 0;
    EXPECT_NE(line["type"], "MODIFIED");
  }
  EXPECT_EQ(deleted, 1);
}

TEST_F(WatchTest, ASilentStreamSendsBookmarksThatMoveOn) {
  create("hello");
  Running watch(get("/_kiln/watch/builds?project=hello"));
  ASSERT_TRUE(watch.client.waitForText("BOOKMARK"));
  create("other");
  const std::string now = "\"resourceVersion\":" + std::to_string(store_->version()) + ",";
  ASSERT_EQ(watch.client.text().find(now), std::string::npos);
  // The stream may set its next bookmark's time after the clock moved: it moves until the bookmark is there.
  for (int i = 0; i < 200 && watch.client.text().find(now) == std::string::npos; ++i) {
    clock_.advance(Millis(15'000));
    (void)watch.client.waitForText("{\"type\":\"BOOKMARK\"," + now, std::chrono::milliseconds(100));
  }
  EXPECT_NE(watch.client.text().find("{\"type\":\"BOOKMARK\"," + now), std::string::npos);
}

TEST_F(WatchTest, ASlowClientReadsTheFeedByItselfAndLosesNothing) {
  open(100'000, {.seat = 2});
  const BuildId id = create("hello").id;
  Running watch(get("/_kiln/watch/builds"));
  ASSERT_TRUE(watch.client.waitForText("BOOKMARK"));
  watch.client.stopReading();
  for (int i = 2; i <= 40; ++i) create("hello", i);
  complete(id);
  watch.client.goOnReading();
  ASSERT_TRUE(watch.client.waitForText("\"COMPLETED\""));
  EXPECT_EQ(phasesOf(jsonLines(watch.client.text())).size(), 1U + 39U + 9U);
}

TEST_F(WatchTest, AClientThatFallsOutOfTheWindowIsToldGone) {
  open(10, {.seat = 2});
  create("hello");
  Running watch(get("/_kiln/watch/builds"));
  ASSERT_TRUE(watch.client.waitForText("BOOKMARK"));
  watch.client.stopReading();
  for (int i = 2; i <= 400; ++i) create("hello", i);
  watch.client.goOnReading();
  ASSERT_TRUE(watch.client.waitForText("ERROR"));
  watch.join();  // the stream has ended by itself
  const auto lines = jsonLines(watch.client.text());
  EXPECT_EQ(lines.back()["type"], "ERROR");
  EXPECT_EQ(lines.back()["object"]["code"], 410);
}

}  // namespace
}  // namespace kiln::api
