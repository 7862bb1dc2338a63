#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "store/logs/log_store.h"

namespace kiln::store {
namespace {

class LogStoreTest : public testing::Test {
 protected:
  ~LogStoreTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("kiln-" + newUuid());
  LogStore logs_{directory_ / "logs"};
  BuildId id_{{"000000000000", "eu-west-1"}, "demo", newUuid()};

  std::vector<LogFrame> frames(int count) {
    std::vector<LogFrame> made;
    for (int i = 0; i < count; ++i) made.push_back({fromUnixMicros(i), std::string(i % 700, 'x')});
    return made;
  }
};

TEST_F(LogStoreTest, FramesComeBackInPagesEachOnce) {
  const auto written = frames(1000);
  auto end = logs_.append(id_, 0, written);
  ASSERT_TRUE(end.ok()) << end.error().message;
  ASSERT_TRUE(logs_.sync(id_).ok());
  for (std::size_t size : {std::size_t{1}, std::size_t{5000}, std::size_t{10'000'000}}) {
    std::size_t count = 0;
    for (std::uint64_t at = 0; at < *end;) {
      auto page = logs_.read(id_, at, *end, size);
      ASSERT_TRUE(page.ok()) << page.error().message;
      for (const auto& frame : page->frames) {
        EXPECT_EQ(frame.bytes, written[count].bytes);
        EXPECT_EQ(frame.time, written[count++].time);
      }
      at = page->next;
    }
    EXPECT_EQ(count, written.size());
  }
}

TEST_F(LogStoreTest, WhatACrashLeftBehindTheOffsetIsCutOff) {
  auto first = logs_.append(id_, 0, frames(3));
  ASSERT_TRUE(logs_.append(id_, *first, frames(50)).ok());
  auto end = logs_.append(id_, *first, std::vector<LogFrame>{{fromUnixMicros(9), "again"}});
  auto page = logs_.read(id_, *first, *end, 1000);
  ASSERT_EQ(page->frames.size(), 1u);
  EXPECT_EQ(page->frames[0].bytes, "again");
  EXPECT_EQ(logs_.read(id_, 0, *end + 1, 100'000).error().code, Code::kCorrupt);
  EXPECT_EQ(logs_.read(id_, 1, *end, 1000).error().code, Code::kCorrupt);
  EXPECT_EQ(logs_.append(id_, *end + 1, frames(1)).error().code, Code::kCorrupt);
}

TEST_F(LogStoreTest, ErasingTakesTheEmptyDirectoriesAndMayBeRepeated) {
  ASSERT_TRUE(logs_.append(id_, 0, frames(3)).ok());
  EXPECT_TRUE(logs_.erase(id_).ok());
  EXPECT_TRUE(logs_.erase(id_).ok());
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "logs"));
  EXPECT_EQ(logs_.read(id_, 0, 10, 10).error().code, Code::kNotFound);
}

TEST_F(LogStoreTest, NamesThatAreNoNamesOfFilesAreRefused) {
  for (std::string project : {"", "..", "a/b", "/etc"}) {
    BuildId bad{id_.scope, project, id_.uuid};
    EXPECT_EQ(logs_.append(bad, 0, frames(1)).error().code, Code::kInvalidArgument);
    EXPECT_EQ(logs_.erase(bad).error().code, Code::kInvalidArgument);
  }
}

TEST_F(LogStoreTest, ProgressIsTwoNumbersAndNothingElse) {
  auto progress = decodeLogProgress(encode(LogProgress{.bytes = 7, .agentSequence = 12}));
  EXPECT_EQ(progress->bytes, 7u);
  EXPECT_EQ(progress->agentSequence, 12u);
  for (auto text : {"", "1", "1 ", "1 2 ", "-1 2", "1 x"})
    EXPECT_FALSE(decodeLogProgress(text).ok());
}

}  // namespace
}  // namespace kiln::store
