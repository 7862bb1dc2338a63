// The contract of ContainerRuntime as tests, for any implementation: include this, and instantiate RuntimeContract with the
// worlds it is to hold in. A container of these worlds runs the echo program (echo_program/main.cc).
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "runtime/container_runtime.h"
#include "tests/docker/contract_world.h"
#include "tests/fakes/tar_text.h"

namespace kiln::runtime {

struct ContractParameter {
  std::string name;
  std::function<std::unique_ptr<ContractWorld>()> make;  // null: not here, with the reason printed
};

class RuntimeContract : public testing::TestWithParam<ContractParameter> {
 protected:
  void SetUp() override {
    world_ = GetParam().make();
    if (!world_) GTEST_SKIP() << "no container engine for " << GetParam().name;
  }

  ContainerRuntime& runtime() { return world_->runtime(); }
  ContainerSpec spec() { return {.image = world_->image(), .command = {}, .hostname = {}}; }
  ContainerStatus inspect() {
    auto found = runtime().inspect(id_);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found.ok() ? *found : ContainerStatus{};
  }
  void create() {
    auto made = runtime().ensureCreated(id_, spec());
    ASSERT_TRUE(made.ok()) << made.error().message;
  }
  void start() {
    create();
    auto started = runtime().ensureStarted(id_);
    ASSERT_TRUE(started.ok()) << started.error().message;
  }
  std::unique_ptr<AttachedStream> attach() {
    auto stream = runtime().attach(id_);
    EXPECT_TRUE(stream.ok()) << stream.error().message;
    return stream.ok() ? std::move(*stream) : nullptr;
  }
  // Reads until `text` has come; all that came, or what came before the end.
  static std::string readUntil(AttachedStream& stream, const std::string& text) {
    std::string all;
    while (all.find(text) == std::string::npos) {
      auto bytes = stream.read();
      if (!bytes.ok() || bytes->empty()) break;
      all += *bytes;
    }
    return all;
  }
  // Waits in the engine's own words for the container to be gone from running: its stream ends with it.
  static void readToEnd(AttachedStream& stream) {
    for (auto bytes = stream.read(); bytes.ok() && !bytes->empty();) bytes = stream.read();
  }

  std::unique_ptr<ContractWorld> world_;
  BuildId id_{{"000000000000", "eu-central-1"}, "contract", newUuid()};
};

#define EXPECT_OK(expression)                             \
  do {                                                    \
    auto outcome = (expression);                          \
    EXPECT_TRUE(outcome.ok()) << outcome.error().message; \
  } while (false)
#define EXPECT_CODE(expression, expected)                                 \
  do {                                                                    \
    auto outcome = (expression);                                          \
    ASSERT_FALSE(outcome.ok());                                           \
    EXPECT_EQ(outcome.error().code, expected) << outcome.error().message; \
  } while (false)

TEST_P(RuntimeContract, AContainerNobodyMadeIsAbsentAndThatIsAValue) {
  EXPECT_EQ(inspect().state, ContainerState::kAbsent);
  EXPECT_OK(runtime().ensureRemoved(id_));
  EXPECT_OK(runtime().removeOwned("0123456789abcdef"));
}

TEST_P(RuntimeContract, WhatNeedsAContainerSaysNotFoundWhenItIsAbsent) {
  EXPECT_CODE(runtime().ensureStarted(id_), Code::kNotFound);
  EXPECT_CODE(runtime().attach(id_), Code::kNotFound);
  EXPECT_CODE(runtime().copyOut(id_, "/etc", {}, [](auto) { return okStatus(); }), Code::kNotFound);
  EXPECT_CODE(runtime().copyIn(id_, "/tmp", [] { return Result<std::string>(std::string()); }),
              Code::kNotFound);
}

TEST_P(RuntimeContract, CreatingTwiceGivesTheSameContainer) {
  auto first = runtime().ensureCreated(id_, spec());
  auto second = runtime().ensureCreated(id_, spec());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(inspect().state, ContainerState::kCreated);
  EXPECT_EQ(inspect().id, *first);
}

TEST_P(RuntimeContract, CreatingFromAnImageTheEngineHasNotIsNotFoundAndNamesIt) {
  auto made =
      runtime().ensureCreated(id_, {.image = "kiln/nosuchimage:9", .command = {}, .hostname = {}});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, Code::kNotFound);
  EXPECT_NE(made.error().message.find("kiln/nosuchimage:9"), std::string::npos)
      << made.error().message;
  EXPECT_EQ(inspect().state, ContainerState::kAbsent);
}

TEST_P(RuntimeContract, StartingTwiceIsStartingOnce) {
  start();
  EXPECT_OK(runtime().ensureStarted(id_));
  EXPECT_EQ(inspect().state, ContainerState::kRunning);
  EXPECT_OK(runtime().ensureCreated(id_, spec()));
  EXPECT_EQ(inspect().state, ContainerState::kRunning);
}

TEST_P(RuntimeContract, RemovingARunningContainerLeavesNothingAndMayBeRepeated) {
  start();
  EXPECT_OK(runtime().ensureRemoved(id_));
  EXPECT_EQ(inspect().state, ContainerState::kAbsent);
  EXPECT_OK(runtime().ensureRemoved(id_));
}

TEST_P(RuntimeContract, AContainerRemovedByOthersIsAbsent) {
  start();
  world_->removeByOther(id_);
  EXPECT_EQ(inspect().state, ContainerState::kAbsent);
  EXPECT_OK(runtime().ensureRemoved(id_));
}

TEST_P(RuntimeContract, AContainerOfOurNameThatIsNotOursIsLeftAlone) {
  world_->createForeign(id_);
  EXPECT_CODE(runtime().ensureCreated(id_, spec()), Code::kFailedPrecondition);
  EXPECT_CODE(runtime().inspect(id_), Code::kFailedPrecondition);
  EXPECT_CODE(runtime().ensureStarted(id_), Code::kFailedPrecondition);
  EXPECT_CODE(runtime().attach(id_), Code::kFailedPrecondition);
  EXPECT_CODE(runtime().ensureRemoved(id_), Code::kFailedPrecondition);
  world_->removeByOther(id_);
  EXPECT_EQ(inspect().state, ContainerState::kAbsent);
}

TEST_P(RuntimeContract, AnUnreachableEngineIsNeverAnAbsentContainer) {
  auto away = world_->unreachable();
  EXPECT_CODE(away->info(), Code::kUnavailable);
  EXPECT_CODE(away->hasImage(world_->image()), Code::kUnavailable);
  EXPECT_CODE(away->pullImage(world_->image(), {}, {}), Code::kUnavailable);
  EXPECT_CODE(away->inspect(id_), Code::kUnavailable);
  EXPECT_CODE(away->ensureCreated(id_, spec()), Code::kUnavailable);
  EXPECT_CODE(away->ensureStarted(id_), Code::kUnavailable);
  EXPECT_CODE(away->ensureRemoved(id_), Code::kUnavailable);
  EXPECT_CODE(away->attach(id_), Code::kUnavailable);
  EXPECT_CODE(away->copyOut(id_, "/etc", {}, [](auto) { return okStatus(); }), Code::kUnavailable);
  EXPECT_CODE(away->copyIn(id_, "/tmp", [] { return Result<std::string>(std::string()); }),
              Code::kUnavailable);
  EXPECT_CODE(away->listOwned(), Code::kUnavailable);
  EXPECT_CODE(away->removeOwned("0123456789abcdef"), Code::kUnavailable);
  EXPECT_CODE(away->followEvents({}, [](auto&) {}), Code::kUnavailable);
}

TEST_P(RuntimeContract, AStreamAttachedBeforeTheStartSeesTheFirstByte) {
  create();
  auto stream = attach();
  ASSERT_TRUE(stream);
  ASSERT_TRUE(runtime().ensureStarted(id_).ok());
  EXPECT_EQ(readUntil(*stream, "\n"), "ready\n");
}

TEST_P(RuntimeContract, LinesGoInAndAnswersComeOut) {
  create();
  auto stream = attach();
  ASSERT_TRUE(stream);
  ASSERT_TRUE(runtime().ensureStarted(id_).ok());
  EXPECT_OK(stream->write("one\ntw"));
  EXPECT_OK(stream->write("o\n"));
  EXPECT_EQ(readUntil(*stream, "echo two\n"), "ready\necho one\necho two\n");
}

TEST_P(RuntimeContract, AClosedStreamLeavesTheContainerRunningAndTheNextOneWorks) {
  start();
  auto first = attach();
  ASSERT_TRUE(first);
  first->close();
  auto bytes = first->read();
  ASSERT_TRUE(bytes.ok());
  EXPECT_TRUE(bytes->empty());
  EXPECT_FALSE(first->write("lost\n").ok());
  first.reset();
  EXPECT_EQ(inspect().state, ContainerState::kRunning);
  auto second = attach();
  ASSERT_TRUE(second);
  EXPECT_OK(second->write("again\n"));
  EXPECT_NE(readUntil(*second, "echo again\n").find("echo again\n"), std::string::npos);
}

TEST_P(RuntimeContract, ClosingFromAnotherThreadEndsABlockedRead) {
  start();
  auto stream = attach();
  ASSERT_TRUE(stream);
  EXPECT_OK(stream->write("hello\n"));
  readUntil(*stream, "echo hello\n");
  Result<std::string> last = std::string("not read");
  std::jthread reader([&] { last = stream->read(); });
  stream->close();
  reader.join();
  ASSERT_TRUE(last.ok());
  EXPECT_TRUE(last->empty());
}

TEST_P(RuntimeContract, AnExitEndsTheStreamAndItsCodeIsKept) {
  create();
  auto stream = attach();
  ASSERT_TRUE(stream);
  ASSERT_TRUE(runtime().ensureStarted(id_).ok());
  EXPECT_OK(stream->write("exit 7\n"));
  readToEnd(*stream);
  auto status = inspect();
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (status.state == ContainerState::kRunning && std::chrono::steady_clock::now() < late)
    status = inspect();
  EXPECT_EQ(status.state, ContainerState::kExited);
  EXPECT_EQ(status.exitCode, 7);
  EXPECT_FALSE(status.outOfMemory);
  EXPECT_CODE(runtime().attach(id_), Code::kFailedPrecondition);
}

TEST_P(RuntimeContract, RemovalByOthersEndsTheStream) {
  start();
  auto stream = attach();
  ASSERT_TRUE(stream);
  world_->removeByOther(id_);
  readToEnd(*stream);
  EXPECT_EQ(inspect().state, ContainerState::kAbsent);
}

TEST_P(RuntimeContract, FilesGoInAndComeOutOfARunningAndOfAStoppedContainer) {
  create();
  auto stream = attach();
  ASSERT_TRUE(stream);
  ASSERT_TRUE(runtime().ensureStarted(id_).ok());
  std::string tar = fakes::tarOf({{"a.txt", "first"}, {"b.txt", std::string(200'000, 'b')}});
  std::size_t given = 0;
  EXPECT_OK(runtime().copyIn(id_, "/tmp", [&]() -> Result<std::string> {
    auto chunk = tar.substr(given, 70'000);
    given += chunk.size();
    return chunk;
  }));
  auto fetch = [&](const std::string& path) {
    std::string got;
    EXPECT_OK(runtime().copyOut(id_, path, {}, [&](std::string_view chunk) {
      got += chunk;
      return okStatus();
    }));
    return fakes::filesIn(got);
  };
  EXPECT_EQ(fetch("/tmp/a.txt"), (fakes::Files{{"a.txt", "first"}}));
  EXPECT_OK(stream->write("exit 0\n"));
  readToEnd(*stream);
  EXPECT_EQ(fetch("/tmp/b.txt")["b.txt"].size(), 200'000U);
  EXPECT_CODE(runtime().copyOut(id_, "/tmp/nosuch", {}, [](auto) { return okStatus(); }),
              Code::kNotFound);
}

TEST_P(RuntimeContract, AStoppedCopyIsUnavailable) {
  start();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_CODE(runtime().copyOut(id_, "/etc", stop.get_token(), [](auto) { return okStatus(); }),
              Code::kUnavailable);
  EXPECT_EQ(inspect().state, ContainerState::kRunning);
}

TEST_P(RuntimeContract, AnErrorOfTheCallersEndsACopyAndIsHandedBack) {
  start();
  Error mine{Code::kCorrupt, "mine"};
  EXPECT_CODE(runtime().copyIn(id_, "/tmp", [&]() -> Result<std::string> { return mine; }),
              Code::kCorrupt);
  auto tar = fakes::tarOf({{"a.txt", "first"}});
  EXPECT_OK(runtime().copyIn(id_, "/tmp",
                             [&]() -> Result<std::string> { return std::exchange(tar, {}); }));
  EXPECT_CODE(runtime().copyOut(id_, "/tmp/a.txt", {}, [&](auto) -> Status { return mine; }),
              Code::kCorrupt);
  EXPECT_EQ(inspect().state, ContainerState::kRunning);
}

TEST_P(RuntimeContract, TheListHasEveryContainerOfTheStoreAndRemovesByItsId) {
  start();
  auto list = runtime().listOwned();
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().buildArn, id_.arn());
  EXPECT_EQ(list->front().state, ContainerState::kRunning);
  EXPECT_EQ(list->front().id, inspect().id);
  EXPECT_OK(runtime().removeOwned(list->front().id));
  EXPECT_OK(runtime().removeOwned(list->front().id));
  EXPECT_EQ(inspect().state, ContainerState::kAbsent);
  list = runtime().listOwned();
  ASSERT_TRUE(list.ok());
  EXPECT_TRUE(list->empty());
}

TEST_P(RuntimeContract, AnotherStoreNeitherSeesNorRemovesWhatIsOurs) {
  auto other = world_->otherStore();
  if (!other) GTEST_SKIP() << "one store in this world";
  start();
  auto theirs = other->listOwned();
  ASSERT_TRUE(theirs.ok());
  EXPECT_TRUE(theirs->empty());
  EXPECT_CODE(other->removeOwned(inspect().id), Code::kFailedPrecondition);
  EXPECT_OK(other->ensureRemoved(id_));
  EXPECT_EQ(inspect().state, ContainerState::kRunning);
}

TEST_P(RuntimeContract, EventsNameTheBuildAndResumeWhereTheyEnded) {
  std::mutex mutex;
  std::condition_variable changed;
  std::multiset<std::string> seen;
  auto follow = [&](std::stop_token stop) {
    EXPECT_OK(runtime().followEvents(stop, [&](const std::string& arn) {
      std::lock_guard lock(mutex);
      seen.insert(arn);
      changed.notify_all();
    }));
  };
  auto waitFor = [&](const std::string& arn, Millis limit) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, limit, [&] { return seen.contains(arn); });
  };
  {
    std::jthread follower(follow);
    bool told = false;
    for (int i = 0; i < 100 && !told; ++i) {  // the follower may begin after an event
      create();
      told = waitFor(id_.arn(), Millis(100));
      EXPECT_OK(runtime().ensureRemoved(id_));
    }
    EXPECT_TRUE(told);
  }
  BuildId later{id_.scope, id_.project, newUuid()};
  ASSERT_TRUE(runtime().ensureCreated(later, spec()).ok());  // while nobody follows
  std::jthread follower(follow);
  EXPECT_TRUE(waitFor(later.arn(), Millis(60'000)));
  EXPECT_OK(runtime().ensureRemoved(later));
}

TEST_P(RuntimeContract, AnImageIsThereUnderExactlyItsName) {
  auto there = runtime().hasImage(world_->image());
  ASSERT_TRUE(there.ok());
  EXPECT_TRUE(*there);
  auto absent = runtime().hasImage("kiln/nosuchimage:9");
  ASSERT_TRUE(absent.ok());
  EXPECT_FALSE(*absent);
}

TEST_P(RuntimeContract, TheEngineTellsWhatItIs) {
  auto info = runtime().info();
  ASSERT_TRUE(info.ok()) << info.error().message;
  EXPECT_FALSE(info->name.empty());
  EXPECT_FALSE(info->version.empty());
  EXPECT_TRUE(info->apiVersion.starts_with("1.")) << info->apiVersion;
  EXPECT_FALSE(info->architecture.empty());
  EXPECT_EQ(info->operatingSystem, "linux");
  EXPECT_GT(info->cpus, 0);
  EXPECT_GT(info->memoryBytes, 0);
}

}  // namespace kiln::runtime
