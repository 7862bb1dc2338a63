#include "tests/unit/watch/watch_fixture.h"

namespace kiln::api {
namespace {

json bodyOf(const Response& response) { return json::parse(response.body); }

TEST_F(WatchTest, AVersionOutsideTheWindowAnswersGoneWithAStatus) {
  open(5, {});
  for (int i = 1; i <= 300; ++i) create("hello", i);
  const Response response = get("/_kiln/watch/builds?resourceVersion=1");
  EXPECT_EQ(response.status, 410);
  EXPECT_EQ(bodyOf(response)["kind"], "Status");
  EXPECT_EQ(bodyOf(response)["code"], 410);
  EXPECT_EQ(bodyOf(response)["reason"], "Gone");
}

TEST_F(WatchTest, AVersionThatThisStoreNeverHadAnswersGone) {
  create("hello");
  const Response response = get("/_kiln/watch/builds?resourceVersion=999");
  EXPECT_EQ(response.status, 410);
  EXPECT_NE(response.body.find("999"), std::string::npos);
}

TEST_F(WatchTest, WrongValuesAnswer400AndNameTheParameter) {
  for (const auto& [query, name] : std::map<std::string, std::string>{
           {"resourceVersion=abc", "resourceVersion=abc"},
           {"resourceVersion=-1", "resourceVersion=-1"},
           {"resourceVersion=", "resourceVersion="},
           {"id=nonsense", "id=nonsense"},
           {"id=arn:aws:codebuild:eu-west-1:111111111111:build/"
            "a:00000000-0000-4000-8000-000000000000",
            "000000000000"},
           {"region=eu-west-1&id=arn:aws:codebuild:us-west-2:000000000000:build/"
            "a:00000000-0000-4000-8000-000000000000",
            "region eu-west-1"},
           {"region=a/b", "region=a/b"},
           {"projct=a", "projct=a: there is no such parameter here"},
           {"id=" + std::string(70'000, 'x'), "xxx...: a build id"},
           {"project=a:b", "project=a:b"}}) {
    const Response response = get("/_kiln/watch/builds?" + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_NE(bodyOf(response)["message"].get<std::string>().find(name), std::string::npos)
        << query << ": " << response.body;
  }
  EXPECT_EQ(get("/_kiln/builds?limit=0").status, 400);
  EXPECT_EQ(get("/_kiln/builds?limit=1001").status, 400);
  EXPECT_EQ(get("/_kiln/builds?cursor=xyz").status, 400);
  EXPECT_EQ(get("/_kiln/builds?resourceVersion=1").status, 400);
}

TEST_F(WatchTest, EventStreamsCarryTheVersionAsIdAndResumeByLastEventId) {
  const BuildId id = create("hello").id;
  const std::uint64_t first = store_->version();
  advancePhase(id);
  advancePhase(id);
  const Response response =
      get("/_kiln/watch/builds?resourceVersion=" + std::to_string(first),
          {{"accept", "text/event-stream"}, {"last-event-id", std::to_string(first + 1)}});
  EXPECT_EQ(response.headers.at("content-type"), "text/event-stream");
  Running watch(response);
  ASSERT_TRUE(watch.client.waitForText("BOOKMARK"));
  const std::string text = watch.client.text();
  const std::string version = std::to_string(first + 2);
  EXPECT_TRUE(text.starts_with("retry: 1000\n\nid: " + version +
                               "\nevent: MODIFIED\ndata: {\"type\":\"MODIFIED\"," +
                               "\"resourceVersion\":" + version + ",\"object\":{"))
      << text;
  EXPECT_TRUE(text.ends_with("id: " + version + "\nevent: BOOKMARK\ndata: {\"type\":\"BOOKMARK\"," +
                             "\"resourceVersion\":" + version +
                             ",\"object\":{\"resourceVersion\":" + version + "}}\n\n"))
      << text;
  EXPECT_EQ(
      get("/_kiln/watch/builds", {{"accept", "text/event-stream"}, {"last-event-id", "garbage"}})
          .status,
      400);
}

TEST_F(WatchTest, TheListIsNewestFirstAndPagesByCursor) {
  for (int i = 1; i <= 5; ++i) create("hello", i);
  create("other", 9);
  std::vector<int> numbers;
  std::string cursor;
  do {
    const json page = bodyOf(
        get("/_kiln/builds?project=hello&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)));
    EXPECT_EQ(page["resourceVersion"], store_->version());
    for (const json& build : page["builds"]) numbers.push_back(build["buildNumber"]);
    cursor = page.value("next", "");
  } while (!cursor.empty());
  EXPECT_EQ(numbers, (std::vector<int>{5, 4, 3, 2, 1}));
  EXPECT_EQ(bodyOf(get("/_kiln/builds?limit=1"))["builds"][0]["projectName"], "other");
}

TEST_F(WatchTest, OneBuildIsFoundByIdArnAndUuid) {
  const BuildId id = create("hello").id;
  const BuildId far = create("hello", 2, {kScope.account, "us-west-2"}).id;
  EXPECT_EQ(bodyOf(get("/_kiln/builds/hello%3A" + id.uuid))["arn"], id.arn());
  EXPECT_EQ(bodyOf(get("/_kiln/builds/" + id.arn()))["arn"], id.arn());
  EXPECT_EQ(bodyOf(get("/_kiln/builds/" + id.uuid))["resourceVersion"], 1);
  EXPECT_EQ(bodyOf(get("/_kiln/builds/" + far.arn()))["arn"], far.arn());
  EXPECT_EQ(bodyOf(get("/_kiln/builds/" + far.uuid + "?region=*"))["arn"], far.arn());
  EXPECT_EQ(bodyOf(get("/_kiln/builds/" + far.name() + "?region=*"))["arn"], far.arn());
  EXPECT_EQ(get("/_kiln/builds/" + far.uuid).status, 404);
  EXPECT_EQ(bodyOf(get("/_kiln/builds/nothing"))["message"],
            "There is no build nothing in region eu-west-1 of account 000000000000.");
}

TEST_F(WatchTest, HealthAnswersAtOnceWithTheVersion) {
  engine_ = Error{Code::kUnavailable, "no socket"};
  const Response response = get("/_kiln/health");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "{\"status\":\"ok\",\"version\":\"1.2.3\"}\n");
  EXPECT_EQ(probes_, 0);
}

TEST_F(WatchTest, ReadySaysWhichCheckFailsAndWhyAndAsksOnceASecond) {
  EXPECT_EQ(get("/_kiln/ready").status, 200);
  engine_ = Error{Code::kUnavailable, "no socket"};
  EXPECT_EQ(get("/_kiln/ready").status, 200);
  EXPECT_EQ(probes_, 1);
  clock_.advance(Millis(1000));
  const Response response = get("/_kiln/ready");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body,
            "{\"status\":\"not ready\",\"checks\":{\"store\":{\"ok\":true},"
            "\"engine\":{\"ok\":false,\"reason\":\"no socket\"}}}\n");
}

TEST_F(WatchTest, MetricsAreTheGivenText) {
  const Response response = get("/_kiln/metrics");
  EXPECT_EQ(response.body, "kiln_builds 1\n");
  EXPECT_TRUE(response.headers.at("content-type").starts_with("text/plain; version=0.0.4"));
}

}  // namespace
}  // namespace kiln::api
