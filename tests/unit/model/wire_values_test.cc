#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "api/model/base64.h"
#include "api/model/page_token.h"
#include "api/model/timestamp.h"

namespace kiln::api {
namespace {

TEST(Timestamp, IsEpochSecondsWithMilliseconds) {
  EXPECT_EQ(toTimestamp(fromUnixMillis(1556905683568)).dump(), "1556905683.568");
  EXPECT_EQ(toTimestamp(fromUnixMillis(1556905683000)).dump(), "1556905683.0");
  EXPECT_EQ(toTimestamp(fromUnixMicros(1556905683568999)).dump(), "1556905683.568");
  EXPECT_TRUE(toTimestamp(std::nullopt).is_null());
}

TEST(Timestamp, EveryMillisecondIsWrittenWithAtMostThreeDecimalsAndReadBack) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<std::int64_t> times(0, 4'102'444'800'000);
  for (int i = 0; i < 200'000; ++i) {
    const auto time = fromUnixMillis(times(random));
    const auto number = toTimestamp(time);
    const std::string text = number.dump();
    ASSERT_LE(text.size() - text.find('.') - 1, 3U) << text;
    ASSERT_EQ(fromTimestamp(nlohmann::json::parse(text)), time) << text;
  }
}

TEST(Timestamp, OfAnyNumberIsATime) {
  EXPECT_EQ(fromTimestamp(nlohmann::json(1e300)), fromUnixMillis(253402300799999));
  EXPECT_EQ(fromTimestamp(nlohmann::json(-1e300)), fromUnixMillis(-253402300799999));
  EXPECT_EQ(fromTimestamp(nlohmann::json(5)), fromUnixMillis(5000));
}

TEST(Base64, KnownPairs) {
  const std::pair<const char*, const char*> kPairs[] = {
      {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : kPairs) {
    EXPECT_EQ(toBase64(bytes), text);
    EXPECT_EQ(fromBase64(text), bytes);
  }
}

TEST(Base64, RefusesWhatIsNot) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zm=v", "====", "A===", "Zm9*", "Zm 9", "Zg==Zg=="}) {
    EXPECT_EQ(fromBase64(text), std::nullopt) << text;
  }
}

TEST(PageToken, GivesTheCursorBackToTheSameList) {
  const std::string cursor("build\0\xFF", 7);
  EXPECT_EQ(fromPageToken("ListBuilds/us-east-1", toPageToken("ListBuilds/us-east-1", cursor)),
            cursor);
  EXPECT_EQ(fromPageToken("l", toPageToken("l", "")), "");
}

TEST(PageToken, RefusesAnotherListsAndChangedOnes) {
  const std::string token = toPageToken("ListBuilds", "cursor");
  EXPECT_EQ(fromPageToken("ListProjects", token), std::nullopt);
  EXPECT_EQ(fromPageToken("ListBuildsc", toPageToken("ListBuilds", "cx")), std::nullopt);
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(fromPageToken("ListBuilds", changed), std::nullopt) << at;
  }
  for (const char* junk : {"", "x", "bad token", "AAAA"}) {
    EXPECT_EQ(fromPageToken("ListBuilds", junk), std::nullopt);
  }
}

}  // namespace
}  // namespace kiln::api
