#include "runtime/jobs/job_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace kiln::runtime {
namespace {

using Progress = JobState::Progress;

BuildId build(const std::string& digit) {
  return {
      {"000000000000", "eu-central-1"}, "p", "0000000" + digit + "-0000-4000-8000-000000000000"};
}

// A gate jobs wait at, and a tally of who finished.
class JobPoolTest : public testing::Test {
 protected:
  std::function<void(const BuildId&)> tell() {
    return [this](const BuildId& id) {
      std::lock_guard lock(mutex_);
      finished_.push_back(id);
      changed_.notify_all();
    };
  }
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // Work that waits for open() or its stop, and answers `text`.
  std::function<JobResult(std::stop_token)> gated(std::string text) {
    return [this, text](std::stop_token stop) -> JobResult {
      std::stop_callback wake(stop, [this] {
        std::lock_guard lock(mutex_);
        changed_.notify_all();
      });
      std::unique_lock lock(mutex_);
      ++begun_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return open_ || stop.stop_requested(); });
      ++ended_;
      changed_.notify_all();
      if (!open_) return Error{Code::kUnavailable, "stopped"};
      return text;
    };
  }
  template <typename F>
  bool eventually(F&& holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), holds);
  }
  bool told(std::size_t count) {
    return eventually([&] { return finished_.size() >= count; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int begun_ = 0;
  int ended_ = 0;
  std::vector<BuildId> finished_;
};

TEST_F(JobPoolTest, AJobNobodyStartedIsAbsent) {
  JobPool pool(1, tell());
  EXPECT_EQ(pool.observe(build("1"), JobStep::kPrepareImage).progress, Progress::kAbsent);
}

TEST_F(JobPoolTest, AJobRunsThenIsDoneWithItsResultAndTheBuildIsTold) {
  JobPool pool(1, tell());
  pool.start(build("1"), JobStep::kPrepareImage, gated("image:1"));
  auto running = pool.observe(build("1"), JobStep::kPrepareImage);
  EXPECT_EQ(running.progress, Progress::kRunning);
  EXPECT_FALSE(running.result);
  open();
  ASSERT_TRUE(told(1));
  auto done = pool.observe(build("1"), JobStep::kPrepareImage);
  EXPECT_EQ(done.progress, Progress::kDone);
  ASSERT_TRUE(done.result && done.result->ok());
  EXPECT_EQ(**done.result, "image:1");
  EXPECT_EQ(finished_.front(), build("1"));
  EXPECT_EQ(pool.observe(build("1"), JobStep::kReadJournal).progress, Progress::kAbsent);
}

TEST_F(JobPoolTest, StartingAJobThatExistsDoesNothingEvenWhenItIsDone) {
  JobPool pool(2, tell());
  open();
  pool.start(build("1"), JobStep::kPrepareImage, gated("first"));
  ASSERT_TRUE(told(1));
  pool.start(build("1"), JobStep::kPrepareImage, gated("second"));
  auto done = pool.observe(build("1"), JobStep::kPrepareImage);
  EXPECT_EQ(done.progress, Progress::kDone);
  EXPECT_EQ(**done.result, "first");
}

TEST_F(JobPoolTest, MoreJobsThanWorkersWaitTheirTurnAndAllEnd) {
  JobPool pool(2, tell());
  for (const char* digit : {"1", "2", "3", "4", "5"}) {
    pool.start(build(digit), JobStep::kPrepareImage, gated(digit));
  }
  ASSERT_TRUE(eventually([&] { return begun_ == 2; }));
  EXPECT_EQ(pool.observe(build("5"), JobStep::kPrepareImage).progress, Progress::kRunning);
  open();
  ASSERT_TRUE(told(5));
  EXPECT_EQ(**pool.observe(build("5"), JobStep::kPrepareImage).result, "5");
}

TEST_F(JobPoolTest, AForgottenJobIsAskedToStopItsResultDroppedAndItMayBeStartedAnew) {
  JobPool pool(2, tell());
  pool.start(build("1"), JobStep::kPrepareImage, gated("old"));
  ASSERT_TRUE(eventually([&] { return begun_ == 1; }));
  pool.forget(build("1"));
  EXPECT_EQ(pool.observe(build("1"), JobStep::kPrepareImage).progress, Progress::kAbsent);
  ASSERT_TRUE(eventually([&] { return ended_ == 1; }));
  open();
  pool.start(build("1"), JobStep::kPrepareImage, gated("new"));
  ASSERT_TRUE(told(1));
  EXPECT_EQ(**pool.observe(build("1"), JobStep::kPrepareImage).result, "new");
  EXPECT_EQ(finished_.size(), 1U);  // the forgotten one told nobody
}

TEST_F(JobPoolTest, AForgottenJobThatHadNotBegunNeverBegins) {
  JobPool pool(1, tell());
  pool.start(build("1"), JobStep::kPrepareImage, gated("first"));
  ASSERT_TRUE(eventually([&] { return begun_ == 1; }));
  pool.start(build("2"), JobStep::kPrepareImage, gated("never"));
  pool.start(build("3"), JobStep::kPrepareImage, gated("last"));
  pool.forget(build("2"));
  open();
  ASSERT_TRUE(told(2));
  EXPECT_EQ(begun_, 2);
}

TEST_F(JobPoolTest, ForgettingOneBuildLeavesTheOthers) {
  JobPool pool(2, tell());
  open();
  pool.start(build("1"), JobStep::kPrepareImage, gated("a"));
  pool.start(build("1"), JobStep::kReadJournal, gated("b"));
  pool.start(build("2"), JobStep::kPrepareImage, gated("c"));
  ASSERT_TRUE(told(3));
  pool.forget(build("1"));
  EXPECT_EQ(pool.observe(build("1"), JobStep::kPrepareImage).progress, Progress::kAbsent);
  EXPECT_EQ(pool.observe(build("1"), JobStep::kReadJournal).progress, Progress::kAbsent);
  EXPECT_EQ(pool.observe(build("2"), JobStep::kPrepareImage).progress, Progress::kDone);
}

TEST_F(JobPoolTest, DestructionStopsWhatRunsAndTellsNobody) {
  {
    JobPool pool(2, tell());
    pool.start(build("1"), JobStep::kPrepareImage, gated("a"));
    pool.start(build("2"), JobStep::kPrepareImage, gated("b"));
    pool.start(build("3"), JobStep::kPrepareImage, gated("c"));
    ASSERT_TRUE(eventually([&] { return begun_ == 2; }));
  }
  EXPECT_EQ(ended_, 2);
  EXPECT_TRUE(finished_.empty());
}

TEST_F(JobPoolTest, AnExceptionIsTheJobsErrorAndTheWorkerGoesOn) {
  JobPool pool(1, tell());
  open();
  pool.start(build("1"), JobStep::kPrepareImage,
             [](std::stop_token) -> JobResult { throw std::runtime_error("boom"); });
  pool.start(build("2"), JobStep::kPrepareImage, gated("fine"));
  ASSERT_TRUE(told(2));
  auto failed = pool.observe(build("1"), JobStep::kPrepareImage);
  ASSERT_TRUE(failed.result && !failed.result->ok());
  EXPECT_EQ(failed.result->error().code, Code::kInternal);
  EXPECT_NE(failed.result->error().message.find("boom"), std::string::npos);
  EXPECT_TRUE(pool.observe(build("2"), JobStep::kPrepareImage).result->ok());
}

TEST_F(JobPoolTest, WhatAJobCapturedIsLetGoWhenItEnds) {
  JobPool pool(1, tell());
  auto held = std::make_shared<int>(1);
  pool.start(build("1"), JobStep::kPrepareImage,
             [held](std::stop_token) -> JobResult { return std::string(); });
  ASSERT_TRUE(told(1));
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace kiln::runtime
