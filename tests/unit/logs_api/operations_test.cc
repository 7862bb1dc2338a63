// The operations as a client sees them; what real clients do with them is shown by tests/conformance/logs.py.
#include "tests/unit/logs_api/logs_api_fixture.h"

namespace kiln::api::logs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(LogsApiTest, ForwardAndBackwardTokensStayPutAtTheirEnds) {
  put({{1, "a"}, {2, "b"}, {3, "c"}});
  json call{{"logGroupName", "g"}, {"logStreamName", "s"}, {"startFromHead", true}, {"limit", 2}};
  json page = ok("GetLogEvents", call);
  EXPECT_THAT(messages(page), ElementsAre("a", "b"));
  call["nextToken"] = page["nextForwardToken"];
  page = ok("GetLogEvents", call);
  EXPECT_THAT(messages(page), ElementsAre("c"));
  call["nextToken"] = page["nextForwardToken"];
  page = ok("GetLogEvents", call);
  EXPECT_THAT(messages(page), IsEmpty());
  EXPECT_EQ(page["nextForwardToken"], call["nextToken"]);
  call["nextToken"] = page["nextBackwardToken"];
  page = ok("GetLogEvents", call);
  EXPECT_THAT(messages(page), ElementsAre("b", "c"));
  call["nextToken"] = page["nextBackwardToken"];
  page = ok("GetLogEvents", call);
  EXPECT_THAT(messages(page), ElementsAre("a"));
  call["nextToken"] = page["nextBackwardToken"];
  page = ok("GetLogEvents", call);
  EXPECT_THAT(messages(page), IsEmpty());
  EXPECT_EQ(page["nextBackwardToken"], call["nextToken"]);
}

TEST_F(LogsApiTest, ATokenOfAnotherStreamIsRefused) {
  put({{1, "a"}});
  put({{1, "a"}}, "t");
  const json page = ok("GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "s"}});
  EXPECT_EQ(refused("GetLogEvents", {{"logGroupName", "g"},
                                     {"logStreamName", "t"},
                                     {"nextToken", page["nextForwardToken"]}}),
            "InvalidParameterException: The specified nextToken is invalid.");
}

TEST_F(LogsApiTest, FilteredPagesOfEventsOfOneTimeLoseAndRepeatNone) {
  for (const char* stream : {"b", "a", "c"}) {
    put({{0, std::string(stream) + "1"}, {0, std::string(stream) + "2"}, {5, "z"}}, stream);
  }
  for (int limit = 1; limit < 10; ++limit) {
    std::vector<std::string> got;
    json call{{"logGroupName", "g"}, {"limit", limit}};
    for (int pages = 0; pages < 20; ++pages) {
      const json page = ok("FilterLogEvents", call);
      for (auto& text : messages(page)) got.push_back(text);
      if (!page.contains("nextToken")) break;
      call["nextToken"] = page["nextToken"];
    }
    EXPECT_THAT(got, ElementsAre("a1", "a2", "b1", "b2", "c1", "c2", "z", "z", "z")) << limit;
  }
}

TEST_F(LogsApiTest, AFilterThatFindsNothingInMuchAnswersAnEmptyPageAndAToken) {
  for (int i = 0; i < 40; ++i) put({{i, std::string(1'000'000, 'x')}});
  json call{{"logGroupName", "g"}, {"filterPattern", "absent"}};
  const json first = ok("FilterLogEvents", call);
  EXPECT_THAT(messages(first), IsEmpty());
  ASSERT_TRUE(first.contains("nextToken"));
  call["nextToken"] = first["nextToken"];
  EXPECT_FALSE(ok("FilterLogEvents", call).contains("nextToken"));
}

TEST_F(LogsApiTest, AnEventThatExpiredIsShownNowhere) {
  put({{-2 * 86'400'000LL, "old"}, {-1, "young"}});
  ok("PutRetentionPolicy", {{"logGroupName", "g"}, {"retentionInDays", 1}});
  EXPECT_THAT(messages(ok("FilterLogEvents", {{"logGroupName", "g"}})), ElementsAre("young"));
  EXPECT_THAT(messages(ok("GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "s"}})),
              ElementsAre("young"));
  const json stream = ok("DescribeLogStreams", {{"logGroupName", "g"}})["logStreams"][0];
  EXPECT_EQ(stream["firstEventTimestamp"], now() - 1);
  clock_.advance(Minutes(2 * 24 * 60));
  EXPECT_FALSE(ok("DescribeLogStreams", {{"logGroupName", "g"}})["logStreams"][0].contains(
      "lastEventTimestamp"));
}

TEST_F(LogsApiTest, WhatTheModelDoesNotAllowIsAnInvalidParameter) {
  EXPECT_THAT(refused("CreateLogGroup", {{"logGroupName", "a b"}}),
              HasSubstr("InvalidParameterException: 1 validation error detected: Value 'a b' at "
                        "'logGroupName' failed to satisfy constraint"));
  EXPECT_THAT(refused("GetLogEvents", json::object()), HasSubstr("InvalidParameterException: "));
  EXPECT_THAT(refused("StartQuery", {{"startTime", 1}, {"endTime", 2}, {"queryString", "x"}}),
              HasSubstr("not implemented by Kiln yet"));
}

TEST_F(LogsApiTest, TheArnOfAnotherAccountOrRegionFindsNothing) {
  put({{1, "a"}});
  const auto find = [&](const std::string& arn) {
    return refused("FilterLogEvents", {{"logGroupIdentifier", arn}});
  };
  EXPECT_THAT(find("arn:aws:logs:eu-west-1:000000000000:log-group:g"), HasSubstr("was done"));
  const std::string absent = "ResourceNotFoundException: The specified log group does not exist.";
  EXPECT_EQ(find("arn:aws:logs:us-east-1:000000000000:log-group:g"), absent);
  EXPECT_EQ(find("arn:aws:logs:eu-west-1:111111111111:log-group:g"), absent);
  EXPECT_EQ(find("arn:aws:logs:eu-west-1:000000000000:log-group:g:log-stream:s"), absent);
}

}  // namespace
}  // namespace kiln::api::logs
