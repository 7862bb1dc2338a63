// Zips of staged trees: what is in them, and that the same tree gives the same bytes.
#include "runtime/artifacts/zip_image.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <system_error>

#include "runtime/artifacts/deflaters.h"
#include "runtime/artifacts/staged_tree.h"
#include "tests/unit/artifacts/artifact_world.h"

namespace kiln::runtime {
namespace {

using ::testing::ElementsAre;

const BuildId kZipBuild{{"000000000000", "eu-west-1"}, "p", kBuildUuid};

class ZipTest : public ::testing::Test {
 protected:
  Result<std::string> zipped(std::vector<StagedEntry> entries, int threads = 3) {
    container_.stage("/staged", std::move(entries));
    StagedTree tree(container_, kZipBuild, "/staged/.", stop_.get_token());
    auto image = ZipImage::make(
        tree, {.directory = directory_.path(), .threads = threads, .stop = stop_.get_token()});
    if (!image.ok()) return image.error();
    std::string bytes;
    auto stream = image->stream();
    while (true) {
      auto more = stream();
      if (!more.ok()) return more.error();
      if (more->empty()) break;
      bytes += *more;
    }
    EXPECT_EQ(image->size(), bytes.size());
    return bytes;
  }
  std::vector<ZippedEntry> roundTrip(std::vector<StagedEntry> entries) {
    auto zip = zipped(std::move(entries));
    if (!zip.ok()) return {{.name = zip.error().message}};
    return entriesOfZip(*zip);
  }

  const api::OwnDirectory directory_;
  StagedContainer container_;
  std::stop_source stop_;
};

TEST_F(ZipTest, KeepsNamesModesTimesAndContents) {
  const auto entries = roundTrip({
      {"bin", 'd'},
      {"bin/run.sh", 'f', "#!/bin/sh\n", 0755, 1'700'000'001},
      {"readme", 'f', "read me\n", 0640, 1'500'000'000},
      {"secret", 'f', "", 0600, 0},
  });
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0], (ZippedEntry{"bin/run.sh", 0755, 1'700'000'001, "#!/bin/sh\n", ""}));
  EXPECT_EQ(entries[1], (ZippedEntry{"readme", 0640, 1'500'000'000, "read me\n", ""}));
  EXPECT_EQ(entries[2], (ZippedEntry{"secret", 0600, 0, "", ""}));
}

TEST_F(ZipTest, EntriesStandInTheOrderOfTheirBytes) {
  const std::vector<StagedEntry> walked = {{"a", 'd'}, {"a/z"},      {"a.txt"},
                                           {"B"},      {"\xc3\xa4"}, {"b"}};
  EXPECT_THAT(namesOf(roundTrip(walked)), ElementsAre("B", "a.txt", "a/z", "b", "\xc3\xa4"));
}

TEST_F(ZipTest, TheSameTreeGivesTheSameBytesWhateverItsOrderAndHoweverManyPack) {
  std::vector<StagedEntry> entries;
  for (int i = 0; i < 60; ++i) {
    const auto content = i % 3 == 0 ? noise(static_cast<std::size_t>(i) * 40'000, 7)
                                    : std::string(static_cast<std::size_t>(i) * 30'000, 'x');
    entries.push_back({"d/file" + std::to_string(i), 'f', content});
  }
  const auto one = zipped(entries, 1);
  std::reverse(entries.begin(), entries.end());
  const auto other = zipped(entries, 4);
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_TRUE(*one == *other);
}

TEST_F(ZipTest, LinksStayLinksAndSecondNamesHaveTheirContents) {
  const auto entries = roundTrip({
      {"bytes", 'f', "same", 0755, 1'600'000'001},
      {"link", 'l', "bytes"},
      {"second", 'h', "bytes"},
      {"up/link", 'l', "../" + std::string(150, 'n')},
  });
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[1].target, "bytes");
  EXPECT_EQ(entries[2], (ZippedEntry{"second", 0755, 1'600'000'001, "same", ""}));
  EXPECT_EQ(entries[3].target, "../" + std::string(150, 'n'));
}

TEST_F(ZipTest, DevicesAndPipesAreLeftOut) {
  EXPECT_THAT(namesOf(roundTrip({{"a"}, {"pipe", 'p'}, {"z"}})), ElementsAre("a", "z"));
}

TEST_F(ZipTest, LargeFilesAreOneStreamOfSeveralBlocks) {
  const std::size_t lengths[] = {kMostInABlock - 1, kMostInABlock, kMostInABlock + 1,
                                 3 * kMostInABlock, 3 * kMostInABlock + 12'345};
  for (const std::size_t length : lengths) {
    std::string text;
    while (text.size() < length) text += "line " + std::to_string(text.size()) + "\n";
    text.resize(length);
    std::string mixed = noise(length, 3);
    std::fill_n(mixed.begin(), length / 3, ' ');
    const auto zip =
        zipped({{"mixed", 'f', mixed}, {"noise", 'f', noise(length)}, {"text", 'f', text}});
    ASSERT_TRUE(zip.ok());
    const auto entries = entriesOfZip(*zip);
    ASSERT_EQ(entries.size(), 3U) << length;
    EXPECT_TRUE(entries[0].content == mixed) << length;
    EXPECT_TRUE(entries[1].content == noise(length)) << length;
    EXPECT_TRUE(entries[2].content == text) << length;
    EXPECT_LT(zip->size(), length * 21 / 10) << length;
  }
}

TEST_F(ZipTest, WhatDoesNotShrinkIsStored) {
  const auto zip = zipped({{"noise", 'f', noise(500'000)}, {"short", 'f', "ab"}});
  ASSERT_TRUE(zip.ok());
  EXPECT_EQ((*zip)[8], 0);  // the first entry's method
  EXPECT_LT(zip->size(), 500'400U);
  const auto text = zipped({{"text", 'f', std::string(500'000, 'x')}});
  EXPECT_EQ((*text)[8], 8);
  EXPECT_LT(text->size(), 1'000U);
  EXPECT_EQ((*zipped({{"short", 'f', "ab"}}))[8], 0);
}

TEST_F(ZipTest, AnEmptyTreeIsAnEmptyZip) {
  const auto zip = zipped({});
  ASSERT_TRUE(zip.ok());
  EXPECT_EQ(*zip, std::string("PK\x05\x06", 4) + std::string(18, '\0'));
}

TEST_F(ZipTest, NamesAreUtf8WhereTheyAreAndBytesWhereNot) {
  const auto flagsOf = [&](const std::string& name) {
    const auto zip = zipped({{name}});
    return zip.ok() ? static_cast<unsigned char>((*zip)[7]) : 0xffU;
  };
  EXPECT_EQ(flagsOf("plain"), 0U);
  EXPECT_EQ(flagsOf("\xc3\xa4.txt"), 8U);
  EXPECT_EQ(flagsOf("\xe4.txt"), 0U);
  EXPECT_EQ(flagsOf("\xf0\x9f\x8d\x8e"), 8U);
  const std::string deep = std::string(120, 'a') + "/" + std::string(180, 'b');
  EXPECT_THAT(namesOf(roundTrip({{deep}, {"\xc3\xa4"}})), ElementsAre(deep, "\xc3\xa4"));
}

TEST_F(ZipTest, MoreEntriesThanAPlainZipCountsAreAllThere) {
  std::vector<StagedEntry> entries;
  for (int i = 0; i < 70'000; ++i) entries.push_back({"f" + std::to_string(100'000 + i)});
  const auto zip = zipped(entries);
  ASSERT_TRUE(zip.ok());
  EXPECT_NE(zip->find("PK\x06\x06"), std::string::npos);
  EXPECT_EQ(entriesOfZip(*zip).size(), 70'000U);
}

TEST_F(ZipTest, AStreamThatEndsEarlyGivesNoZip) {
  container_.breakAfter(60'000, {Code::kUnavailable, "the engine is away"});
  const auto zip = zipped({{"noise", 'f', noise(200'000)}});
  ASSERT_FALSE(zip.ok());
  EXPECT_EQ(zip.error().message, "the engine is away");
  EXPECT_TRUE(zip.error().retryable());
}

TEST_F(ZipTest, WhatIsNoTarIsSaidToBeNone) {
  container_.insteadOfCopying([](const auto& sink) { return sink(std::string(2'000, 'x')); });
  const auto zip = zipped({});
  ASSERT_FALSE(zip.ok());
  EXPECT_EQ(zip.error().code, Code::kCorrupt);
  EXPECT_THAT(zip.error().message, ::testing::HasSubstr("/staged/."));
}

TEST_F(ZipTest, StoppingEndsAnEngineThatSaysNothing) {
  std::stop_source asked;
  container_.insteadOfCopying([&](const auto& sink) {
    stop_.request_stop();
    return sink("x");
  });
  const auto zip = zipped({});
  ASSERT_FALSE(zip.ok());
  EXPECT_EQ(zip.error().code, Code::kUnavailable);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(DeflatersTest, WithoutRoomForAllItsThreadsThereAreNoneLeft) {
  rlimit before{};
  ::getrlimit(RLIMIT_AS, &before);
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlimit tight{.rlim_cur = pages * 4096 + (64 << 20), .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_AS, &tight);
  EXPECT_THROW(Deflaters(200), std::system_error);
  ::setrlimit(RLIMIT_AS, &before);
}
#endif

}  // namespace
}  // namespace kiln::runtime
