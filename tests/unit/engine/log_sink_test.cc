#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "controller/core/ids.h"
#include "controller/engine/event_sink.h"

namespace kiln::engine {
namespace {

class LogSinkTest : public testing::Test {
 protected:
  LogSinkTest() { std::filesystem::create_directory(directory_); }
  ~LogSinkTest() override { std::filesystem::remove_all(directory_); }

  Status deliver(std::string body) {
    store::OutboxEntry entry;
    entry.body = std::move(body);
    return sink_->deliver(entry);
  }

  std::string text() const {
    std::ostringstream all;
    all << std::ifstream(file_).rdbuf();
    return all.str();
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / ("kiln-events-" + newUuid());
  const std::filesystem::path file_ = directory_ / "events.jsonl";
  const std::unique_ptr<EventSink> sink_ = makeLogSink(file_);
};

// Writes past `size` fail, as they do on a full disk, until this goes.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t size) : onSignal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{size, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, onSignal_);
  }

 private:
  rlimit before_{};
  void (*onSignal_)(int);
};

TEST_F(LogSinkTest, AnEventIsALine) {
  ASSERT_TRUE(deliver("{1}").ok());
  ASSERT_TRUE(deliver("{2}").ok());
  EXPECT_EQ(text(), "{1}\n{2}\n");
}

TEST_F(LogSinkTest, WhatDoesNotFitIsAFailureAndLeavesNothingBehind) {
  ASSERT_TRUE(deliver("{1}").ok());
  {
    SmallFiles limit(8);
    const auto refused = deliver("{a long event}");
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().message.find(file_.string()), std::string::npos);
  }
  EXPECT_EQ(text(), "{1}\n");
  ASSERT_TRUE(deliver("{a long event}").ok());
  EXPECT_EQ(text(), "{1}\n{a long event}\n");
}

TEST_F(LogSinkTest, AfterHalfALineTheNextBeginsAnew) {
  std::ofstream(file_) << "{1}\n{ha";
  ASSERT_TRUE(deliver("{2}").ok());
  EXPECT_EQ(text(), "{1}\n{ha\n{2}\n");
}

TEST_F(LogSinkTest, WithoutItsDirectoryItFailsAndGoesOnWhenThatIsBack) {
  std::filesystem::remove_all(directory_);
  EXPECT_FALSE(deliver("{1}").ok());
  std::filesystem::create_directory(directory_);
  EXPECT_TRUE(deliver("{1}").ok());
  EXPECT_EQ(text(), "{1}\n");
}

TEST_F(LogSinkTest, AFullFileIsPutAside) {
  const std::string large(64 << 20, 'x');
  ASSERT_TRUE(deliver(large).ok());
  ASSERT_TRUE(deliver("{2}").ok());
  EXPECT_EQ(text(), "{2}\n");
  EXPECT_EQ(std::filesystem::file_size(directory_ / "events.1.jsonl"), large.size() + 1);
}

}  // namespace
}  // namespace kiln::engine
