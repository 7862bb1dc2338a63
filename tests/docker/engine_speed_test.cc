// What the engine's client costs, printed; the limits are loose, because machines differ. And what only a real engine shows.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "controller/core/clock.h"
#include "runtime/agent/protocol.h"
#include "runtime/docker/client.h"
#include "runtime/docker/labels.h"
#include "tests/docker/engine_world.h"
#include "tests/fakes/tar_text.h"

namespace kiln::runtime {
namespace {

class EngineTest : public testing::Test {
 protected:
  void SetUp() override {
    world_ = EngineWorld::makeWorld();
    if (!world_) GTEST_SKIP() << "no container engine";
  }

  std::unique_ptr<AttachedStream> startAttached() {
    auto made = world_->runtime().ensureCreated(
        id_, {.image = world_->image(), .command = {}, .hostname = {}});
    EXPECT_TRUE(made.ok()) << made.error().message;
    auto stream = world_->runtime().attach(id_);
    EXPECT_TRUE(stream.ok()) << stream.error().message;
    auto started = world_->runtime().ensureStarted(id_);
    EXPECT_TRUE(started.ok()) << started.error().message;
    return stream.ok() ? std::move(*stream) : nullptr;
  }
  template <typename F>
  Millis timed(F&& work) {
    auto from = clock_.now();
    work();
    return std::chrono::duration_cast<Millis>(clock_.now() - from);
  }

  SystemClock clock_;
  std::unique_ptr<EngineWorld> world_;
  BuildId id_{{"000000000000", "eu-central-1"}, "speed", newUuid()};
};

TEST_F(EngineTest, ThreeHundredMegabytesOfLinesComeThroughAttachWhole) {
  auto stream = startAttached();
  ASSERT_TRUE(stream);
  constexpr std::size_t kBytes = 300'000'000;
  std::size_t got = 0;
  std::string tail;
  auto took = timed([&] {
    ASSERT_TRUE(stream->write("spew " + std::to_string(kBytes) + "\n").ok());
    while (!tail.ends_with("spewed\n")) {
      auto bytes = stream->read();
      ASSERT_TRUE(bytes.ok() && !bytes->empty());
      got += bytes->size();
      tail = (tail + *bytes)
                 .substr(tail.size() + bytes->size() > 16 ? tail.size() + bytes->size() - 16 : 0);
    }
  });
  EXPECT_GE(got, kBytes);
  std::printf("300 MB through attach: %lld ms\n", static_cast<long long>(took.count()));
}

TEST_F(EngineTest, ThirtyMegabytesGoInThroughAttachWhole) {
  auto stream = startAttached();
  ASSERT_TRUE(stream);
  std::string block(1'000'000, 'x');
  auto took = timed([&] {
    ASSERT_TRUE(stream->write("sink 30000000\n").ok());
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(stream->write(block).ok());
    std::string all;
    while (!all.ends_with("sunk\n")) {
      auto bytes = stream->read();
      ASSERT_TRUE(bytes.ok() && !bytes->empty());
      all += *bytes;
    }
  });
  std::printf("30 MB into attach: %lld ms\n", static_cast<long long>(took.count()));
}

TEST_F(EngineTest, AContainersLifeInMilliseconds) {
  ASSERT_TRUE(startAttached());  // fills the agent's volume first
  ASSERT_TRUE(world_->runtime().ensureRemoved(id_).ok());
  ContainerRuntime& runtime = world_->runtime();
  Millis create{0}, attach{0}, start{0}, inspect{0}, remove{0}, info{0};
  constexpr int kRounds = 5;
  Millis quickest = Millis::max();
  for (int i = 0; i < kRounds; ++i) {
    BuildId id{id_.scope, id_.project, newUuid()};
    std::unique_ptr<AttachedStream> stream;
    create += timed([&] {
      ASSERT_TRUE(
          runtime.ensureCreated(id, {.image = world_->image(), .command = {}, .hostname = {}})
              .ok());
    });
    attach += timed([&] { stream = std::move(*runtime.attach(id)); });
    start += timed([&] { ASSERT_TRUE(runtime.ensureStarted(id).ok()); });
    inspect += timed([&] { ASSERT_TRUE(runtime.inspect(id).ok()); });
    info += timed([&] { ASSERT_TRUE(runtime.info().ok()); });
    auto removal = timed([&] { ASSERT_TRUE(runtime.ensureRemoved(id).ok()); });
    quickest = std::min(quickest, removal);
    remove += removal;
  }
  EXPECT_LT(quickest, Millis(5000));  // nobody waits for a container that is to go
  auto mean = [](Millis sum) { return static_cast<double>(sum.count()) / kRounds; };
  std::printf("create %.1f ms, attach %.1f, start %.1f, inspect %.1f, info %.1f, remove %.1f\n",
              mean(create), mean(attach), mean(start), mean(inspect), mean(info), mean(remove));
}

TEST_F(EngineTest, AnEmptiedAgentVolumeIsFilledAgainByTheNextStart) {
  ASSERT_TRUE(startAttached());
  ASSERT_TRUE(world_->runtime().ensureRemoved(id_).ok());
  BuildId next{id_.scope, id_.project, newUuid()};
  ASSERT_TRUE(world_->runtime()
                  .ensureCreated(next, {.image = world_->image(), .command = {}, .hostname = {}})
                  .ok());
  world_->emptyAgentVolume();
  auto started = world_->runtime().ensureStarted(next);
  EXPECT_TRUE(started.ok()) << started.error().message;
}

TEST_F(EngineTest, AnAgentThatTheImageCannotRunIsSeenAsItsExit) {
  auto broken = EngineWorld::makeWorld("/etc/passwd");  // no program at all
  ASSERT_TRUE(broken);
  auto& runtime = broken->runtime();
  ASSERT_TRUE(
      runtime.ensureCreated(id_, {.image = broken->image(), .command = {}, .hostname = {}}).ok());
  auto stream = runtime.attach(id_);
  ASSERT_TRUE(stream.ok());
  auto started = runtime.ensureStarted(id_);  // engines differ in when they notice
  if (!started.ok()) {
    EXPECT_EQ(started.error().code, Code::kFailedPrecondition) << started.error().message;
    return;
  }
  std::string said;
  for (auto bytes = (*stream)->read(); bytes.ok() && !bytes->empty(); bytes = (*stream)->read()) {
    said += *bytes;
  }
  EXPECT_NE(said.find("exec format error"), std::string::npos) << said;
  auto status = runtime.inspect(id_);
  while (status.ok() && status->state == ContainerState::kRunning) status = runtime.inspect(id_);
  ASSERT_TRUE(status.ok());
  EXPECT_NE(status->exitCode, 0);
}

TEST_F(EngineTest, LimitsAndBypassesAreSetOnTheContainer) {
  ContainerSpec spec{.image = world_->image(),
                     .command = {"--deadline", "5"},
                     .memoryBytes = 64 << 20,
                     .nanoCpus = 500'000'000,
                     .hostname = "builder"};
  ASSERT_TRUE(world_->runtime().ensureCreated(id_, spec).ok());
  auto json = world_->inspectRaw(id_);
  for (const char* part :
       {R"("Memory":67108864)", R"("NanoCpus":500000000)", R"("User":"0:0")", R"("Type":"none")",
        R"("OpenStdin":true)", R"("StdinOnce":false)", R"("Hostname":"builder")",
        R"("Privileged":false)", R"("Entrypoint":["/.kiln/agent/kiln-agent"])",
        R"("Cmd":["--deadline","5"])"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << " in " << json;
  }
  EXPECT_EQ(json.find("docker.sock"), std::string::npos);
}

TEST_F(EngineTest, APrivilegedBuildHasTheEnginesSocket) {
  ContainerSpec spec{.image = world_->image(), .command = {}, .privileged = true, .hostname = {}};
  ASSERT_TRUE(world_->runtime().ensureCreated(id_, spec).ok());
  auto json = world_->inspectRaw(id_);
  EXPECT_NE(json.find(R"("Privileged":true)"), std::string::npos);
  EXPECT_NE(json.find(R"("Target":"/var/run/docker.sock")"), std::string::npos) << json;
}

TEST_F(EngineTest, APullThatTheRegistryOrItsAbsenceRefusesIsNotTheEnginesAbsence) {
  auto pulled = world_->runtime().pullImage("127.0.0.1:1/kiln/none:1", {}, {});
  ASSERT_FALSE(pulled.ok());
  EXPECT_EQ(pulled.error().code, Code::kDeadlineExceeded) << pulled.error().message;
  EXPECT_NE(pulled.error().message.find("connection refused"), std::string::npos)
      << pulled.error().message;
  pulled = world_->runtime().pullImage("Not A Name", {}, {});
  ASSERT_FALSE(pulled.ok());
  EXPECT_EQ(pulled.error().code, Code::kInvalidArgument) << pulled.error().message;
}

TEST_F(EngineTest, FilesStreamInAndOutWithoutBeingHeldWhole) {
  ASSERT_TRUE(startAttached());
  auto tar = fakes::tarOf({{"big", std::string(100'000'000, 'z')}});
  std::size_t given = 0, got = 0, largest = 0;
  auto in = timed([&] {
    auto copied = world_->runtime().copyIn(id_, "/tmp", [&]() -> Result<std::string> {
      auto chunk = tar.substr(given, 1 << 20);
      given += chunk.size();
      return chunk;
    });
    ASSERT_TRUE(copied.ok()) << copied.error().message;
  });
  auto out = timed([&] {
    auto copied = world_->runtime().copyOut(id_, "/tmp/big", {}, [&](std::string_view chunk) {
      got += chunk.size();
      largest = std::max(largest, chunk.size());
      return okStatus();
    });
    ASSERT_TRUE(copied.ok()) << copied.error().message;
  });
  EXPECT_GE(got, 100'000'000U);
  EXPECT_LE(largest, 1U << 20);
  std::printf("100 MB in %lld ms, out %lld ms\n", static_cast<long long>(in.count()),
              static_cast<long long>(out.count()));
}

}  // namespace
}  // namespace kiln::runtime
