#include "config/values.h"

#include <gtest/gtest.h>

namespace kiln::config {
namespace {

TEST(ParseInteger, TakesWholeNumbersOnly) {
  EXPECT_EQ(parseInteger("42"), 42);
  EXPECT_EQ(parseInteger("-7"), -7);
  for (const char* bad : {"", "4x", "4.0", " 4", "0x10", "99999999999999999999"}) {
    EXPECT_FALSE(parseInteger(bad)) << bad;
  }
}

TEST(ParseSwitch, TakesTheUsualWordsInAnyCase) {
  for (const char* on : {"true", "YES", "On", "1"}) EXPECT_EQ(parseSwitch(on), true) << on;
  for (const char* off : {"false", "No", "OFF", "0"}) EXPECT_EQ(parseSwitch(off), false) << off;
  for (const char* bad : {"", "2", "enabled", "truee"}) EXPECT_FALSE(parseSwitch(bad)) << bad;
}

TEST(ParseDuration, ReadsEveryUnitAndTheirSum) {
  const std::vector<std::pair<const char*, Millis>> rows = {
      {"0", Millis(0)},       {"0s", Millis(0)},     {"250ms", Millis(250)},
      {"30s", Seconds(30)},   {"5m", Minutes(5)},    {"2h", std::chrono::hours(2)},
      {"1m30s", Seconds(90)}, {"1d", Minutes(1440)}, {"1h0m1ms", std::chrono::hours(1) + Millis(1)},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(parseDuration(text), expected) << text;
}

TEST(ParseDuration, RefusesWhatHasNoUnitOrTheWrongOrder) {
  for (const char* bad : {"", "30", "s", "30 s", "-5s", "1.5s", "30s1m", "5m5m", "5min", "9999999d",
                          "9223372036854775807ms", "1s "}) {
    EXPECT_FALSE(parseDuration(bad)) << bad;
  }
}

TEST(FormatDuration, IsReadBackAsTheSame) {
  EXPECT_EQ(formatDuration(Millis(0)), "0s");
  EXPECT_EQ(formatDuration(Millis(90'250)), "1m30s250ms");
  for (int ms : {1, 999, 1000, 60'000, 86'400'000, 90'061'001}) {
    EXPECT_EQ(parseDuration(formatDuration(Millis(ms))), Millis(ms));
  }
}

TEST(ParseSize, ReadsBytesAndEveryUnit) {
  const std::vector<std::pair<std::string, std::int64_t>> rows = {{"0", 0},
                                                                  {"1", 1},
                                                                  {"1KiB", 1024},
                                                                  {"100MiB", 104'857'600},
                                                                  {"10GiB", 10'737'418'240},
                                                                  {"2TiB", 2'199'023'255'552}};
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(parseSize(text), expected) << text;
    EXPECT_EQ(formatSize(expected), text);
  }
  EXPECT_EQ(formatSize(1536), "1536");
  EXPECT_EQ(formatSize(2'251'799'813'685'248), "2048TiB");
  for (const char* bad : {"", "KiB", "-1", "1kb", "1 KiB", "1.5GiB", "1GiB1MiB", "9000000000TiB",
                          "99999999999999999999"})
    EXPECT_FALSE(parseSize(bad)) << bad;
}

TEST(SplitList, TrimsItemsAndKeepsEmptyOnes) {
  EXPECT_EQ(splitList(" "), std::vector<std::string>{});
  EXPECT_EQ(splitList("a, b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(splitList("a,,b"), (std::vector<std::string>{"a", "", "b"}));
}

TEST(SplitPairs, DividesAtTheLastEqualsSign) {
  auto pairs = splitPairs("a/b:1=c/d:2, x = y");
  ASSERT_TRUE(pairs);
  EXPECT_EQ((*pairs)[0], (std::pair<std::string, std::string>("a/b:1", "c/d:2")));
  EXPECT_EQ((*pairs)[1], (std::pair<std::string, std::string>("x", "y")));
  EXPECT_FALSE(splitPairs("a"));
}

TEST(IsHttpUrl, WantsASchemeAHostAndASanePort) {
  for (const char* good :
       {"http://h", "https://h:8443/p?q", "http://u:p@h:1/x", "http://[::1]:80/", "http://[::1]"}) {
    EXPECT_TRUE(isHttpUrl(good)) << good;
  }
  for (const char* bad :
       {"", "h", "ftp://h", "http://", "http:///p", "http://:80", "http://h:0", "http://h:x",
        "http://h:70000", "http://a b", "http://[::1", "http://[]:1", "http://[::1]x"}) {
    EXPECT_FALSE(isHttpUrl(bad)) << bad;
  }
}

TEST(RedactUrl, HidesCredentialsAndQueryOfEveryUrl) {
  EXPECT_EQ(redactUrl("http://u:p@h/x?token=1"), "http://***@h/x?***");
  EXPECT_EQ(redactUrl("a http://u@h b https://x:y@z/ c"), "a http://***@h b https://***@z/ c");
  EXPECT_EQ(redactUrl("http://u:p/w@h/x"), "http://***@h/x");
  EXPECT_EQ(redactUrl("http://h/mail@x"), "http://***@x");  // rather too much than too little
  EXPECT_EQ(redactUrl("no url"), "no url");
  EXPECT_EQ(redactUrl("http://h:1/p"), "http://h:1/p");
}

}  // namespace
}  // namespace kiln::config
