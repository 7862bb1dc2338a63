// The agent in a real container, driven by real sessions: what the parts' own tests cannot show.
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "runtime/docker/client.h"
#include "runtime/docker/docker_runtime.h"
#include "runtime/sandbox/sessions.h"

namespace kiln::runtime {
namespace {

using SteadyClock = std::chrono::steady_clock;

class AgentInDocker : public testing::Test {
 protected:
  void SetUp() override {
    auto runtime = DockerRuntime::make({}, newUuid(), KILN_BINARY_DIR "/kiln-agent");
    if (!runtime.ok()) GTEST_SKIP() << "no engine: " << runtime.error().message;
    runtime_ = std::move(*runtime);
    const char* chosen = std::getenv("KILN_TEST_IMAGE");
    image_ = chosen != nullptr ? chosen : config::EngineSettings{}.fallbackImage;
    auto there = runtime_->hasImage(image_);
    if (!there.ok()) GTEST_SKIP() << "no engine: " << there.error().message;
    if (!*there) GTEST_SKIP() << "the engine has no image " << image_;
    connectAnew();
    create();
  }

  void TearDown() override {
    sessions_.reset();
    if (!runtime_) return;
    if (auto left = runtime_->listOwned(); left.ok()) {
      for (const auto& container : *left) EXPECT_TRUE(runtime_->removeOwned(container.id).ok());
    }
  }

  void create() {
    auto made = runtime_->ensureCreated(id_, {.image = image_, .command = {}, .hostname = {}});
    ASSERT_TRUE(made.ok()) << made.error().message;
  }
  void start() {
    auto started = runtime_->ensureStarted(id_);
    ASSERT_TRUE(started.ok()) << started.error().message;
  }
  // As after a crash: nothing is known but the committed number.
  void connectAnew() {
    sessions_.reset();
    sessions_ = std::make_unique<AgentSessions>(*runtime_, [this](const BuildId&) {
      { std::lock_guard lock(mutex_); }
      changed_.notify_all();
    });
  }
  bool waitFor(const std::function<bool(const AgentView&)>& holds) {
    auto until = SteadyClock::now() + std::chrono::seconds(60);
    std::unique_lock lock(mutex_);
    while (!holds(sessions_->observe(id_))) {
      if (changed_.wait_until(lock, std::min(until, SteadyClock::now() + Millis(100))),
          SteadyClock::now() > until)
        return false;
    }
    return true;
  }
  bool attach() {
    auto opened = sessions_->open(id_, committed_);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return waitFor([](const AgentView& view) { return view.link == AgentView::Link::kAttached; });
  }
  // Commits what waits, as the controller does; true when a phase ended.
  bool commitSome() {
    auto records = sessions_->records(id_, committed_, std::size_t{4} << 20);
    bool ended = false;
    for (const auto& record : records) {
      EXPECT_EQ(record.sequence, committed_ + 1);
      committed_ = record.sequence;
      if (record.type == agent::RecordType::kOutput) bytes_ += record.payload.size();
      if (record.type == agent::RecordType::kOutput && keepLog_) log_ += record.payload;
      ended = ended || record.type == agent::RecordType::kPhaseFinished;
    }
    sessions_->acknowledge(id_, committed_);
    return ended;
  }
  bool commitPhase() {
    for (;;) {
      if (!waitFor([](const AgentView& view) { return view.recordsWaiting; })) return false;
      if (commitSome()) return true;
    }
  }
  agent::PhasePlan plan(std::string phase, std::vector<std::string> commands) {
    agent::PhasePlan made;
    made.phase = std::move(phase);
    made.commands = std::move(commands);
    made.workingDirectory = made.phase == "INSTALL" ? "/codebuild/output/src1/src" : "";
    made.directories = {"/codebuild/output/src1/src"};
    return made;
  }
  void stopByTheEngine() {
    EngineClient engine(*discoverEndpoint({}), Millis(30'000));
    auto owned = runtime_->listOwned();
    ASSERT_TRUE(owned.ok()) << owned.error().message;
    for (const auto& container : *owned) {
      auto stopped =
          engine.call({.method = "POST", .path = "/containers/" + container.id + "/stop"});
      ASSERT_TRUE(stopped.ok()) << stopped.error().message;
    }
  }
  bool exited() {
    auto until = SteadyClock::now() + std::chrono::seconds(60);
    while (SteadyClock::now() < until) {
      auto status = runtime_->inspect(id_);
      if (status.ok() && status->state == ContainerState::kExited) return true;
    }
    return false;
  }

  BuildId id_{{"000000000000", "us-east-1"}, "agent-test", newUuid()};
  std::string image_;
  std::unique_ptr<DockerRuntime> runtime_;
  std::unique_ptr<AgentSessions> sessions_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t committed_ = 0;
  std::string log_;
  std::size_t bytes_ = 0;
  bool keepLog_ = true;
};

TEST_F(AgentInDocker, SessionOpenedBeforeTheStartIsAnsweredAndRunsPhases) {
  ASSERT_TRUE(sessions_->open(id_, 0).ok());
  EXPECT_EQ(sessions_->observe(id_).link, AgentView::Link::kOpening);
  start();
  ASSERT_TRUE(attach());
  ASSERT_TRUE(sessions_->run(id_, plan("INSTALL", {"export A=1; cd /tmp", "X=2"})).ok());
  ASSERT_TRUE(commitPhase());
  ASSERT_TRUE(
      sessions_->run(id_, plan("BUILD", {"echo $A $X $PWD; id -u; kill -9 1; kill 1; echo alive"}))
          .ok());
  EXPECT_EQ(sessions_->observe(id_).phase, Phase::kBuild);
  ASSERT_TRUE(commitPhase());
  EXPECT_NE(log_.find("1 2 /tmp\n0\nalive\n"), std::string::npos) << log_;
}

TEST_F(AgentInDocker, WhatACommandWritesToTheFirstProcessIsPartOfTheLog) {
  start();
  ASSERT_TRUE(attach());
  ASSERT_TRUE(
      sessions_->run(id_, plan("INSTALL", {"echo shortcut > /proc/1/fd/1", "echo end"})).ok());
  ASSERT_TRUE(commitPhase());
  EXPECT_NE(log_.find("\nshortcut\n"), std::string::npos) << log_;
}

TEST_F(AgentInDocker, ControllerThatDiesAgainAndAgainLosesNoLine) {
  start();
  ASSERT_TRUE(attach());
  ASSERT_TRUE(
      sessions_
          ->run(id_,
                plan("INSTALL", {"i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done"}))
          .ok());
  bool ended = false;
  for (int death = 0; death < 20 && !ended; ++death) {
    ASSERT_TRUE(waitFor([](const AgentView& view) { return view.recordsWaiting; }));
    ended = commitSome();
    connectAnew();
    ASSERT_TRUE(attach());
  }
  ASSERT_TRUE(ended || commitPhase());
  std::string expected;
  for (int i = 1; i <= 20'000; ++i) expected += "line " + std::to_string(i) + "\n";
  EXPECT_NE(log_.find("\n" + expected + "\n"), std::string::npos);
}

TEST_F(AgentInDocker, JournalOfAStoppedContainerHasTheRest) {
  start();
  ASSERT_TRUE(attach());
  ASSERT_TRUE(sessions_->run(id_, plan("INSTALL", {"seq 1 2000000", "echo the end"})).ok());
  while (bytes_ < 100'000) {  // the command's own have come
    ASSERT_TRUE(waitFor([](const AgentView& view) { return view.recordsWaiting; }));
    commitSome();
  }
  ASSERT_TRUE(waitFor([](const AgentView& view) { return view.recordsWaiting; }));
  connectAnew();
  // A minute of nobody listening, in short: the phase goes on alone until it has run.
  ASSERT_TRUE(attach());
  ASSERT_TRUE(waitFor([](const AgentView& view) { return view.recordsWaiting; }));
  sessions_->close(id_);
  stopByTheEngine();  // a request to the agent may be lost while output nobody reads is under way
  ASSERT_TRUE(exited());
  ASSERT_TRUE(sessions_->readJournal(id_, committed_).ok());
  EXPECT_EQ(sessions_->observe(id_).link, AgentView::Link::kDrained);
  while (sessions_->observe(id_).recordsWaiting) commitSome();
  std::size_t begin = log_.find("\n1\n2\n3\n") + 1;
  int next = 1;
  for (std::string line = std::to_string(next) + "\n"; log_.compare(begin, line.size(), line) == 0;
       line = std::to_string(next) + "\n") {
    begin += line.size();
    ++next;
  }
  EXPECT_GT(next, 1000);
  // The command came to its end, or it was ended in the middle of a line; the empty line that ends a command may then come before the
  // last of its output.
  std::string rest = log_.substr(begin);
  const bool whole = rest.starts_with("\n");
  std::erase(rest, '\n');
  std::string expected;
  for (; expected.size() < rest.size(); ++next) expected += std::to_string(next);
  EXPECT_TRUE(whole || expected.starts_with(rest)) << rest.substr(0, 200);
}

TEST_F(AgentInDocker, ContainerThatNeverStartedHasNoRecords) {
  ASSERT_TRUE(sessions_->readJournal(id_, 0).ok());
  EXPECT_EQ(sessions_->observe(id_).link, AgentView::Link::kDrained);
  EXPECT_FALSE(sessions_->observe(id_).recordsWaiting);
}

TEST_F(AgentInDocker, StopEndsTheContainerWithinSeconds) {
  constexpr std::chrono::seconds kSoon{5};  // half of what an engine waits before it kills
  SteadyClock::duration took = kSoon;
  for (int tries = 0; took >= kSoon && tries < 5; ++tries) {  // a busy machine may be slow once
    if (tries > 0) {
      id_.uuid = newUuid();
      create();
    }
    start();
    ASSERT_TRUE(attach());
    ASSERT_TRUE(
        sessions_->run(id_, plan("INSTALL", {"trap '' TERM; (setsid sleep 1000 &) ; sleep 1000"}))
            .ok());
    ASSERT_TRUE(waitFor([](const AgentView& view) { return view.recordsWaiting; }));
    auto begin = SteadyClock::now();
    sessions_->close(id_);
    ASSERT_TRUE(exited());
    took = SteadyClock::now() - begin;
  }
  EXPECT_LT(took, kSoon);
}

TEST_F(AgentInDocker, FiveHundredMegabytesAreFast) {
  keepLog_ = false;
  start();
  ASSERT_TRUE(attach());
  auto begin = SteadyClock::now();
  ASSERT_TRUE(
      sessions_
          ->run(id_, plan("INSTALL",
                          {"yes 'a line of output as builds print them' | head -c 500000000"}))
          .ok());
  ASSERT_TRUE(commitPhase());
  std::chrono::duration<double> took = SteadyClock::now() - begin;
  EXPECT_GE(bytes_, 500'000'000U);
  std::printf("500 MB through the engine: %.2f s\n", took.count());
  RecordProperty("seconds", std::to_string(took.count()));
}

}  // namespace
}  // namespace kiln::runtime
