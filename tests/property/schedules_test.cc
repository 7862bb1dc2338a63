// Random schedules of a build's life: passes and agents' progress in any order, effects that fail, replies that are lost, crashes at any
// probe point, foreign removals, stop requests, deletions, an engine that comes and goes. Whatever happens, the promises of
// controller/README.md hold, and the build converges.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

#include "tests/property/world.h"

namespace kiln::property {
namespace {

int schedules() {
  const char* asked = std::getenv("KILN_PROPERTY_SCHEDULES");
  return asked != nullptr ? std::atoi(asked) : 10'000;
}

std::uint64_t firstSeed() {
  const char* asked = std::getenv("KILN_TEST_SEED");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : std::random_device{}();
}

const PhaseContext kNoBucket{"CLIENT_ERROR", "no such bucket"};

struct Disturbances {
  bool stop = false;
  bool removal = false;  // by somebody else, or the container's own end
  bool deletion = false;
};

class Schedule {
 public:
  Schedule(World& world, std::uint64_t seed) : world_(world), dice_(seed), seed_(seed) {}

  void run() {
    fails_ = oneIn(4);
    world_.agents.setScript([this](const BuildId&, const agent::PhasePlan& plan) {
      fakes::PhaseScript script;
      script.output = {"in " + plan.phase + " 1\n", "in " + plan.phase + " 2\n"};
      script.succeeds = !(fails_ && plan.phase == "BUILD");
      return script;
    });
    asked_ = {.source = oneIn(2), .artifacts = oneIn(2), .logObject = oneIn(2)};
    uploadFails_ = asked_.artifacts && oneIn(4);
    id_ = world_.startBuild(asked_);
    if (oneIn(2)) world_.sources.failOnce(static_cast<int>(dice_() % 4));
    if (oneIn(2)) world_.artifacts.failOnce(static_cast<int>(dice_() % 4));
    world_.artifacts.fail(uploadFails_ ? std::optional(kNoBucket) : std::nullopt);
    using Kind = fakes::FakeLogs::Kind;
    world_.copies->setKind(oneIn(2) ? Kind::kEmbedded : Kind::kElsewhere);
    world_.copies->setLimits({.bytes = 40 + dice_() % 400});
    if (oneIn(2)) world_.copies->setRandomFaults(dice_(), 0.1, 0.1);
    if (oneIn(2)) world_.runtime.setRandomFaults(dice_(), 0.1, 0.1);
    if (oneIn(2)) world_.agents.setRandomFaults(dice_(), 0.1);
    const int actions = static_cast<int>(dice_() % 120);
    for (int i = 0; i < actions; ++i) act();
    calm();
    settle();
    if (!testing::Test::HasFailure()) checkEnd();
  }

 private:
  bool oneIn(std::uint64_t n) { return dice_() % n == 0; }

  void act() {
    switch (dice_() % 40) {
      case 0: world_.crashAtProbe(1 + static_cast<int>(dice_() % 3)); break;
      case 1: world_.restart(); break;
      case 2: world_.agents.dropLink(id_); break;
      case 3: world_.runtime.setReachable(!world_.runtime.reachable()); break;
      case 4: world_.clock.advance(Millis(dice_() % 1000)); break;
      case 5:
        if (oneIn(12)) disturb();
        break;
      case 6:
      case 7:
      case 8:
      case 9: world_.shipLogs(id_); break;
      default: oneIn(2) ? pass() : static_cast<void>(world_.agents.step(id_)); break;
    }
  }

  void disturb() {
    switch (dice_() % 4) {
      case 0:
        if (const auto build = world_.load(id_); build && stoppable(*build)) {
          world_.change(
              id_, [&](Build& b) { b.spec.stopRequestedAt = toWholeMillis(world_.clock.now()); });
          happened_.stop = true;
        }
        break;
      case 1:
        world_.runtime.removeByOther(id_);
        happened_.removal = true;
        break;
      case 2:
        world_.runtime.exitContainer(id_, 137);
        happened_.removal = true;
        break;
      default:
        world_.change(id_, [](Build& b) { b.deleted = true; });
        happened_.deletion = true;
        break;
    }
  }

  void calm() {
    world_.crashAtProbe(0);
    world_.runtime.setReachable(true);
    world_.runtime.setRandomFaults(0, 0, 0);
    world_.agents.setRandomFaults(0, 0);
    world_.copies->setRandomFaults(0, 0, 0);
  }

  void pass() {
    const auto before = world_.load(id_);
    world_.pass(id_);
    const auto after = world_.load(id_);
    if (before && after) compare(*before, *after);
  }

  // What was recorded stays as it was recorded.
  void compare(const Build& before, const Build& after) {
    const auto& was = before.state.phases;
    const auto& is = after.state.phases;
    ASSERT_GE(is.size(), was.size()) << "seed " << seed_;
    for (std::size_t i = 0; i + 1 < was.size(); ++i) ASSERT_EQ(is[i], was[i]) << "seed " << seed_;
    for (std::size_t i = 0; i + 1 < is.size(); ++i)
      ASSERT_LT(is[i].phase, is[i + 1].phase) << "seed " << seed_;
    if (before.state.outcome != BuildStatus::kInProgress) {
      ASSERT_EQ(after.state.outcome, before.state.outcome) << "seed " << seed_;
    }
  }

  void settle() {
    for (int i = 0; i < 2000; ++i) {
      const auto build = world_.load(id_);
      if (!build) return;
      if (build->complete() && build->finalizers == std::vector{std::string(kLogFinalizer)} &&
          !build->deleted)
        return;
      if (build->complete() && build->finalizers.empty() && !build->deleted)
        return;  // it never left QUEUED
      pass();
      world_.agents.step(id_);
      world_.shipLogs(id_);
    }
    ADD_FAILURE() << "seed " << seed_ << ": the build does not converge";
  }

  void checkEnd() {
    EXPECT_TRUE(world_.runtime.namesLeft().empty()) << "seed " << seed_;
    for (const Phase phase : {Phase::kDownloadSource, Phase::kInstall, Phase::kPreBuild,
                              Phase::kBuild, Phase::kPostBuild, Phase::kUploadArtifacts}) {
      EXPECT_LE(world_.agents.runsOf(id_, phase), 1) << name(phase) << " ran twice, seed " << seed_;
    }
    if (!happened_.removal) {
      EXPECT_LE(world_.runtime.createdFor(id_), 1) << "seed " << seed_;
    }
    const auto build = world_.load(id_);
    EXPECT_EQ(build.has_value(), !happened_.deletion) << "seed " << seed_;
    if (!build) return;
    checkOutcome(*build);
    checkCopies(*build);
    checkEvents(*build);
  }

  void checkOutcome(const Build& build) {
    if (happened_.stop) {
      EXPECT_EQ(build.state.outcome, BuildStatus::kStopped) << "seed " << seed_;
    } else if (!happened_.removal) {
      const bool failed = fails_ || uploadFails_;
      EXPECT_EQ(build.state.outcome, failed ? BuildStatus::kFailed : BuildStatus::kSucceeded)
          << "seed " << seed_;
      checkInputAndOutput(build);
      EXPECT_EQ(build.state.phases.size(), kAllPhases.size()) << "seed " << seed_;
      checkLog();
    }
  }

  void checkInputAndOutput(const Build& build) {
    EXPECT_EQ(build.state.sourcesFetched, asked_.source) << "seed " << seed_;
    if (asked_.source) {
      EXPECT_EQ(build.state.resolvedSourceVersion, "version-of-repo") << "seed " << seed_;
    }
    EXPECT_EQ(build.state.artifactsCollected, asked_.artifacts) << "seed " << seed_;
    const bool there = asked_.artifacts && !uploadFails_;
    EXPECT_EQ(build.state.artifacts.size(), there ? 1U : 0U) << "seed " << seed_;
    EXPECT_EQ(world_.artifacts.uploadsOf(id_) > 0, there) << "seed " << seed_;
  }

  void checkLog() {
    const std::string log = world_.logOf(id_);
    std::size_t from = 0;
    for (const Phase phase : {Phase::kDownloadSource, Phase::kInstall, Phase::kPreBuild,
                              Phase::kBuild, Phase::kPostBuild}) {
      for (const char* line : {" 1\n", " 2\n"}) {
        const std::string wanted = "in " + std::string(name(phase)) + line;
        const auto found = log.find(wanted, from);
        ASSERT_NE(found, std::string::npos)
            << wanted << " is missing or out of order, seed " << seed_ << "\n"
            << log;
        ASSERT_EQ(log.find(wanted, found + 1), std::string::npos)
            << wanted << " twice, seed " << seed_;
        from = found;
      }
    }
  }

  // Whatever became of the build, its log is outside as it is inside, line for line.
  void checkCopies(const Build& build) {
    if (build.finalizers.empty()) return;  // it never left QUEUED
    const std::string log = world_.logOf(id_);
    EXPECT_EQ(world_.copies->text("/aws/codebuild/p", id_.uuid), log) << "seed " << seed_;
    std::int64_t last = 0;
    for (const auto& event : world_.copies->events("/aws/codebuild/p", id_.uuid)) {
      EXPECT_EQ(event.message.find('\n'), event.message.size() - 1) << "seed " << seed_;
      EXPECT_GE(event.timestamp, last) << "seed " << seed_;
      last = event.timestamp;
    }
    EXPECT_EQ(world_.copies->archiveOf(id_), asked_.logObject ? log : "") << "seed " << seed_;
  }

  void checkEvents(const Build& build) {
    auto events = world_.store->readOutbox(0, 10'000);
    ASSERT_TRUE(events.ok());
    std::map<std::string, int> ids;
    std::uint64_t last = 0;
    for (const auto& event : *events) {
      last = event.position;
      if (event.subject == id_.key()) ++ids[event.id];
    }
    // Every phase but COMPLETED ended once; the status changed twice: to IN_PROGRESS and to the outcome.
    EXPECT_EQ(ids.size(), build.state.phases.size() - 1 + 2) << "seed " << seed_;
    for (const auto& [event, times] : ids) EXPECT_EQ(times, 1) << event << ", seed " << seed_;
    ASSERT_TRUE(world_.store->trimOutbox(last).ok());
  }

  World& world_;
  std::mt19937_64 dice_;
  const std::uint64_t seed_;
  BuildId id_;
  bool fails_ = false;
  World::Asked asked_;
  bool uploadFails_ = false;
  Disturbances happened_;
};

TEST(ScheduleProperty, EveryScheduleKeepsThePromisesAndConverges) {
  spdlog::set_level(spdlog::level::off);
  const std::uint64_t seed = firstSeed();
  RecordProperty("first_seed", std::to_string(seed));
  auto world = std::make_unique<World>();
  for (int i = 0; i < schedules() && !HasFailure(); ++i) {
    constexpr int kSchedulesPerStore = 500;
    if (i % kSchedulesPerStore == kSchedulesPerStore - 1) world = std::make_unique<World>();
    Schedule(*world, seed + static_cast<std::uint64_t>(i)).run();
  }
  std::printf("%d schedules from seed %llu\n", schedules(), static_cast<unsigned long long>(seed));
}

}  // namespace
}  // namespace kiln::property
