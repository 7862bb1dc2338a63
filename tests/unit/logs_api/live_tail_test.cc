// Event stream framing byte for byte, and a live tail from its first message to its last.
#include "api/logs/event_stream.h"
#include "tests/unit/logs_api/logs_api_fixture.h"

namespace kiln::api::logs {
namespace {

using testing::HasSubstr;

// A client that goes after some writes; between two of them it does what the test wants.
class TailClient : public BodyWriter {
 public:
  explicit TailClient(std::function<void(int)> between, int goesAfter = 100)
      : between_(std::move(between)), goesAfter_(goesAfter) {}
  bool write(std::string_view bytes) override {
    frames.emplace_back(bytes);
    return static_cast<int>(frames.size()) < goesAfter_;
  }
  bool waitClosed(std::chrono::milliseconds) override {
    between_(round_++);
    return static_cast<int>(frames.size()) >= goesAfter_;
  }
  std::vector<std::string> frames;

 private:
  std::function<void(int)> between_;
  int goesAfter_;
  int round_ = 0;
};

json payloadOf(const std::string& frame) {
  const auto begin = frame.find('{');
  return json::parse(frame.substr(begin, frame.size() - 4 - begin));
}

TEST(EventStream, AnEmptyMessageIsTheOneOfTheSpecification) {
  EXPECT_EQ(frame({}, ""),
            std::string("\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb\x7d\x98\xc8\xff", 16));
}

TEST(EventStream, AMessageHasLengthsHeadersAndPayload) {
  const auto got = frame({{"a", "bc"}}, "{}");
  const std::string expected{
      "\x00\x00\x00\x19\x00\x00\x00\x07"
      "\x19\xa8\x86\x28"
      "\x01"
      "a\x07\x00\x02"
      "bc{}",
      21};
  EXPECT_EQ(got.size(), 25U);
  EXPECT_EQ(got.substr(0, 8), expected.substr(0, 8));
  EXPECT_EQ(got.substr(12, 9), expected.substr(12, 9));
}

TEST_F(LogsApiTest, ALiveTailTellsWhatComesInAndEndsWithItsClient) {
  put({{0, "before"}});
  const json call{{"logGroupIdentifiers", {"g"}}, {"logEventFilterPattern", "-not"}};
  ok("StartLiveTail", call);
  Response response = tails_->begin("r");
  EXPECT_EQ(response.headers["content-type"], "application/vnd.amazon.eventstream");
  TailClient client(
      [&](int round) {
        if (round == 0) put({{1, "one"}, {2, "not this"}});
      },
      4);
  response.stream(client);
  ASSERT_EQ(client.frames.size(), 4U);
  EXPECT_THAT(client.frames[0], HasSubstr("initial-response"));
  EXPECT_EQ(payloadOf(client.frames[1])["logEventFilterPattern"], "-not");
  const json update = payloadOf(client.frames[2]);
  ASSERT_EQ(update["sessionResults"].size(), 1U);
  EXPECT_EQ(update["sessionResults"][0]["message"], "one");
  EXPECT_EQ(update["sessionResults"][0]["logGroupIdentifier"], "g");
  EXPECT_TRUE(payloadOf(client.frames[3])["sessionResults"].empty());
}

TEST_F(LogsApiTest, ALiveTailSendsFiveHundredASecondAndSaysThatThereWasMore) {
  put({{0, "x"}});
  ok("StartLiveTail", {{"logGroupIdentifiers", {"g"}}});
  TailClient client(
      [&](int round) {
        std::vector<std::pair<std::int64_t, std::string>> rows(round == 0 ? 600 : 1, {0, "m"});
        put(std::move(rows));
      },
      4);
  tails_->begin("r").stream(client);
  EXPECT_EQ(payloadOf(client.frames[2])["sessionResults"].size(), 500U);
  EXPECT_EQ(payloadOf(client.frames[2])["sessionMetadata"]["sampled"], true);
  EXPECT_EQ(payloadOf(client.frames[3])["sessionResults"].size(), 1U);
  EXPECT_EQ(payloadOf(client.frames[3])["sessionMetadata"]["sampled"], false);
}

TEST_F(LogsApiTest, ALiveTailEndsAfterThreeHours) {
  put({{0, "x"}});
  ok("StartLiveTail", {{"logGroupIdentifiers", {"g"}}});
  TailClient client([&](int) { clock_.advance(Minutes(60)); });
  tails_->begin("r").stream(client);
  EXPECT_EQ(client.frames.size(), 2U + 3 + 1);
  EXPECT_THAT(client.frames.back(), HasSubstr("SessionTimeoutException"));
}

TEST_F(LogsApiTest, ALiveTailOfOneStreamHearsNoOther) {
  put({{0, "x"}});
  ok("StartLiveTail", {{"logGroupIdentifiers", {"g"}}, {"logStreamNames", {"s"}}});
  TailClient client(
      [&](int) {
        put({{1, "other"}}, "s2");
        put({{1, "own"}}, "s");
      },
      3);
  tails_->begin("r").stream(client);
  const json update = payloadOf(client.frames[2]);
  ASSERT_EQ(update["sessionResults"].size(), 1U);
  EXPECT_EQ(update["sessionResults"][0]["logStreamName"], "s");
}

}  // namespace
}  // namespace kiln::api::logs
