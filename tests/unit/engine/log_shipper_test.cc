#include "controller/engine/log_shipper.h"

#include <gmock/gmock.h>
#include <rocksdb/env.h>

#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>

#include "controller/engine/embedded_logs.h"
#include "store/records/build_record.h"
#include "store/records/new_build.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_logs.h"

namespace kiln::engine {
namespace {

using fakes::FakeLogs;
using testing::ElementsAre;

const Error kAway{Code::kUnavailable, "away"};
const Error kRefused{Code::kInvalidArgument, "refused"};

struct Died {};

class LogShipperTest : public testing::Test {
 protected:
  explicit LogShipperTest(FakeLogs::Kind kind = FakeLogs::Kind::kEmbedded)
      : directory_(std::filesystem::temp_directory_path() / ("kiln-shipper-" + newUuid())),
        env_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
        logs_(directory_) {
    auto opened =
        store::openRocksStore({.directory = "/store", .feedWindow = 1000, .env = env_.get()});
    if (!opened.ok()) unreachable();
    store_ = std::move(*opened);
    outside_ = std::make_unique<FakeLogs>(*store_, kind);
    restart();
  }
  ~LogShipperTest() override { std::filesystem::remove_all(directory_); }

  // A new process: nothing but the store and what is outside is left.
  void restart(LogDestination* streams = nullptr) {
    shipper_.reset();
    LogDestination& destination = streams != nullptr ? *streams : *outside_;
    shipper_ = std::make_unique<LogShipper>(
        LogShipper::Deps{*store_, logs_, destination, *outside_, clock_, probe_,
                         [this](const BuildId& id) { ended_.push_back(id); }},
        LogShipper::Options{.streamWorkers = 0, .archiveWorkers = 0});
  }

  BuildId givenBuild(nlohmann::json logsConfig = nlohmann::json::object(),
                     Phase phase = Phase::kBuild) {
    const BuildId id{{"000000000000", "us-east-1"}, "p", newUuid()};
    nlohmann::json build = {{"source", {{"type", "NO_SOURCE"}}},
                            {"environment", {{"type", "LINUX_CONTAINER"}, {"image", "i"}}}};
    Build fresh = store::newBuild({id, 1, clock_.now(), "tester"}, build,
                                  {{"logsConfig", std::move(logsConfig)}});
    fresh.finalizers = {std::string(kLogFinalizer), std::string(kLogDeliveryFinalizer)};
    while (fresh.phase() < phase) advance(fresh, PhaseStatus::kSucceeded, {}, clock_.now());
    write([&](store::Txn& txn) { return txn.create(store::toResource(fresh)); });
    return id;
  }

  Build load(const BuildId& id) {
    auto build = store::toBuild(**store_->find(id.key()));
    if (!build.ok()) unreachable();
    return *build;
  }

  void write(const std::function<Status(store::Txn&)>& body) {
    auto done = store_->commit(store::Durability::kBuffered, body);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }

  void reachPhase(const BuildId& id, Phase phase) {
    Build build = load(id);
    while (build.phase() < phase) advance(build, PhaseStatus::kSucceeded, {}, clock_.now());
    write([&](store::Txn& txn) {
      return txn.update(store::toResource(build), store::Half::kStatus);
    });
  }

  void print(const BuildId& id, const std::string& text) {
    const std::vector<store::LogFrame> frames = {{clock_.now(), text}};
    auto length = logs_.append(id, length_[id], frames);
    ASSERT_TRUE(length.ok());
    length_[id] = *length;
    write([&](store::Txn& txn) {
      return txn.putNote(id.key(), store::kLogProgressNote,
                         store::encode(store::LogProgress{*length, 1}));
    });
  }

  // Everything that is due now.
  void ship(const BuildId& id) {
    shipper_->look(id);
    for (int i = 0; i < 100 && shipper_->step(); ++i) continue;
  }

  std::vector<std::string> messages(const BuildId& id) {
    std::vector<std::string> texts;
    for (auto& event : outside_->events("/aws/codebuild/p", id.uuid))
      texts.push_back(event.message);
    return texts;
  }
  LogsSeen seen(const BuildId& id) {
    auto state = shipper_->observe(load(id));
    if (!state.ok()) unreachable();
    return *state;
  }

  std::filesystem::path directory_;
  std::unique_ptr<rocksdb::Env> env_;
  fakes::FakeClock clock_;
  Probe probe_;
  std::unique_ptr<store::Store> store_;
  store::LogStore logs_;
  std::map<BuildId, std::uint64_t> length_;
  std::unique_ptr<FakeLogs> outside_;
  std::vector<BuildId> ended_;
  std::unique_ptr<LogShipper> shipper_;
};

// Whether events and position are one commit or not.
class LogShipperKindsTest : public LogShipperTest,
                            public testing::WithParamInterface<FakeLogs::Kind> {
 protected:
  LogShipperKindsTest() : LogShipperTest(GetParam()) {}
};

INSTANTIATE_TEST_SUITE_P(Kinds, LogShipperKindsTest,
                         testing::Values(FakeLogs::Kind::kEmbedded, FakeLogs::Kind::kElsewhere),
                         [](const auto& row) {
                           return row.param == FakeLogs::Kind::kEmbedded ? "Embedded" : "Elsewhere";
                         });

TEST_P(LogShipperKindsTest, TheStreamIsThereBeforeTheFirstLine) {
  const auto id = givenBuild(nlohmann::json::object(), Phase::kProvisioning);
  ship(id);
  EXPECT_TRUE(outside_->has("/aws/codebuild/p", id.uuid));
}

TEST_P(LogShipperKindsTest, LinesComeAsTheyArePrintedAndTheEndIsTold) {
  const auto id = givenBuild();
  print(id, "a\nb");
  ship(id);
  EXPECT_THAT(messages(id), ElementsAre("a\n"));
  print(id, "c\n");
  ship(id);
  EXPECT_THAT(messages(id), ElementsAre("a\n", "bc\n"));
  EXPECT_EQ(seen(id).state, plan::Delivery::kUnderWay);
  print(id, "end");
  reachPhase(id, Phase::kFinalizing);
  ship(id);
  EXPECT_THAT(messages(id), ElementsAre("a\n", "bc\n", "end"));
  EXPECT_EQ(seen(id).state, plan::Delivery::kDone);
  EXPECT_THAT(ended_, testing::Contains(id));
}

TEST_P(LogShipperKindsTest, ALineWithoutAnEndIsShownAfterAWhile) {
  const auto id = givenBuild();
  print(id, "50%\r");
  ship(id);
  EXPECT_TRUE(messages(id).empty());
  clock_.advance(Millis(5'000));
  while (shipper_->step()) continue;  // by itself
  EXPECT_THAT(messages(id), ElementsAre("50%\r"));
}

TEST_P(LogShipperKindsTest, TroubleIsTriedAgainAndNothingIsTwice) {
  const auto id = givenBuild();
  print(id, "a\n");
  outside_->failNext(2, kAway);
  for (int i = 0; i < 4; ++i) ship(id);
  print(id, "b\n");
  outside_->failNext(1, kAway, /*afterwards=*/true);
  for (int i = 0; i < 3; ++i) ship(id);
  EXPECT_THAT(messages(id), ElementsAre("a\n", "b\n"));
}

TEST_P(LogShipperKindsTest, AProcessThatDiesAtAnyPointLeavesEachLineOnce) {
  for (int point = 1; point < 12; ++point) {
    const auto id = givenBuild();
    int left = point;
    probe_ = [&](std::string_view) {
      if (--left == 0) throw Died();
    };
    for (int line = 0; line < 4; ++line) {
      print(id, "same\n");  // equal lines, at one instant
      try {
        ship(id);
      } catch (const Died&) {
        restart();
      }
    }
    reachPhase(id, Phase::kFinalizing);
    probe_ = {};
    ship(id);
    EXPECT_THAT(messages(id), ElementsAre("same\n", "same\n", "same\n", "same\n")) << point;
    EXPECT_EQ(seen(id).state, plan::Delivery::kDone) << point;
  }
}

TEST_P(LogShipperKindsTest, AGroupThatIsDeletedIsMadeAgainAndHasWhatComesThen) {
  const auto id = givenBuild();
  print(id, "a\n");
  ship(id);
  outside_->removeGroup("/aws/codebuild/p");
  print(id, "b\n");
  ship(id);
  EXPECT_THAT(messages(id), ElementsAre("b\n"));
}

TEST_P(LogShipperKindsTest, ARefusalCountsAtTheEndOnly) {
  const auto id = givenBuild();
  print(id, "a\n");
  outside_->failNext(3, kRefused);
  ship(id);
  EXPECT_EQ(seen(id).state, plan::Delivery::kUnderWay);
  reachPhase(id, Phase::kFinalizing);
  ship(id);
  EXPECT_EQ(seen(id).state, plan::Delivery::kHopeless);
  EXPECT_EQ(seen(id).failure, "refused");
  EXPECT_THAT(ended_, testing::Contains(id));
}

TEST_P(LogShipperKindsTest, TroubleThatLastsADayIsARefusal) {
  const auto id = givenBuild();
  print(id, "a\n");
  reachPhase(id, Phase::kCompleted);
  outside_->failNext(1000, kAway);
  ship(id);
  EXPECT_EQ(seen(id).state, plan::Delivery::kUnderWay);
  clock_.advance(std::chrono::hours(24));
  ship(id);
  EXPECT_EQ(seen(id).state, plan::Delivery::kHopeless);
}

TEST_P(LogShipperKindsTest, ManyBatchesAreOneLog) {
  outside_->setLimits({.bytes = 200, .events = 5});
  const auto id = givenBuild();
  std::string all;
  for (int i = 0; i < 500; ++i) all += "line " + std::to_string(i) + "\n";
  print(id, all);
  ship(id);
  EXPECT_EQ(outside_->text("/aws/codebuild/p", id.uuid), all);
  EXPECT_GE(outside_->puts(), 100);
}

TEST_P(LogShipperKindsTest, ADeletedBuildIsLeftAlone) {
  const auto id = givenBuild();
  print(id, "a\n");
  Build build = load(id);
  build.deleted = true;
  write([&](store::Txn& txn) { return txn.update(store::toResource(build), store::Half::kSpec); });
  ship(id);
  EXPECT_FALSE(outside_->has("/aws/codebuild/p", id.uuid));
}

TEST_P(LogShipperKindsTest, ANotedBatchThatIsNotInTheLogIsHopeless) {
  const auto id = givenBuild(nlohmann::json::object(), Phase::kFinalizing);
  print(id, "a\n");
  const auto length = length_[id];
  for (const store::LogPosition to : {store::LogPosition{length + 1, 0}, {length, 1}, {0, 0}}) {
    store::LogDelivery delivery;
    delivery.state = store::LogDelivery::State::kUnderWay;
    delivery.intended = {to, toUnixMillis(clock_.now())};
    write([&](store::Txn& txn) {
      return putDelivery(txn, id, store::kStreamDeliveryNote, delivery);
    });
    ship(id);
    EXPECT_EQ(seen(id).state, plan::Delivery::kHopeless) << to.frame;
    EXPECT_THAT(seen(id).failure, testing::HasSubstr("is not in it"));
  }
}

TEST_F(LogShipperTest, WhatIsSwitchedOffGetsNothing) {
  const auto id = givenBuild({{"cloudWatchLogs", {{"status", "DISABLED"}}}});
  print(id, "a\n");
  reachPhase(id, Phase::kFinalizing);
  ship(id);
  EXPECT_EQ(outside_->puts(), 0);
  EXPECT_EQ(outside_->archiveOf(id), "");
  EXPECT_EQ(seen(id).state, plan::Delivery::kDone);
}

TEST_F(LogShipperTest, GroupAndPrefixAreTheBuilds) {
  const auto id = givenBuild(
      {{"cloudWatchLogs", {{"status", "ENABLED"}, {"groupName", "g"}, {"streamName", "s"}}}});
  ship(id);
  EXPECT_TRUE(outside_->has("g", "s/" + id.uuid));
}

TEST_F(LogShipperTest, TheObjectIsWrittenOnceTheLogIsWholeWithItsVeryBytes) {
  const auto id = givenBuild({{"cloudWatchLogs", {{"status", "DISABLED"}}},
                              {"s3Logs", {{"status", "ENABLED"}, {"location", "b/p"}}}});
  print(id, "caf\xE9\n");
  ship(id);
  EXPECT_EQ(outside_->archiveOf(id), "");
  EXPECT_EQ(seen(id).state, plan::Delivery::kUnderWay);
  reachPhase(id, Phase::kFinalizing);
  ship(id);
  EXPECT_EQ(outside_->archiveOf(id), "caf\xE9\n");
  EXPECT_EQ(seen(id).state, plan::Delivery::kDone);
}

TEST_F(LogShipperTest, TheEmbeddedLogsHaveEventsAndPositionInOneCommit) {
  store::LogCatalog catalog(*store_, clock_);
  store::EventLog events(*store_, catalog, clock_);
  EmbeddedLogs embedded(events);
  restart(&embedded);
  const auto id = givenBuild();
  print(id, "a\nb\n");
  ship(id);
  const auto before = store_->version();
  ship(id);
  EXPECT_EQ(store_->version(), before);  // nothing new, nothing written
  auto group = *catalog.findGroup(id.scope, "/aws/codebuild/p");
  ASSERT_TRUE(group);
  auto stream = *catalog.findStream(*group, id.uuid);
  auto reader = events.read(*group, *stream, {}, store::Order::kAscending);
  EXPECT_EQ((*reader->next())->message, "a\n");
  EXPECT_EQ((*reader->next())->message, "b\n");
  EXPECT_FALSE(*reader->next());
}

// A destination that does not answer until it is let.
class SlowLogs final : public LogDestination {
 public:
  explicit SlowLogs(LogDestination& others, std::string slow)
      : others_(others), slow_(std::move(slow)) {}
  bool transactional() const override { return others_.transactional(); }
  BatchLimits limits() const override { return others_.limits(); }
  Status open(const LogTarget& target, std::stop_token stop) override {
    if (target.stream == slow_) gate_.get_future().wait();
    return others_.open(target, stop);
  }
  Status put(const LogTarget& target, std::vector<store::LogEvent> events,
             const std::function<Status(store::Txn&)>& also, std::stop_token stop) override {
    return others_.put(target, std::move(events), also, stop);
  }
  Result<bool> endsWith(const LogTarget& target, const std::vector<store::LogEvent>& events,
                        std::stop_token stop) override {
    return others_.endsWith(target, events, stop);
  }
  void letGo() { gate_.set_value(); }

 private:
  LogDestination& others_;
  const std::string slow_;
  std::promise<void> gate_;
};

TEST_F(LogShipperTest, ASlowDestinationDelaysNoOther) {
  const auto slow = givenBuild();
  const auto quick = givenBuild();
  SlowLogs logs(*outside_, slow.uuid);
  print(slow, "a\n");
  print(quick, "b\n");
  reachPhase(quick, Phase::kFinalizing);
  std::promise<void> quickDone;
  SystemClock clock;
  LogShipper shipper({*store_, logs_, logs, *outside_, clock, probe_,
                      [&](const BuildId& id) {
                        if (id == quick) quickDone.set_value();
                      }},
                     {.streamWorkers = 2, .archiveWorkers = 0});
  shipper.look(slow);
  shipper.look(quick);
  EXPECT_EQ(quickDone.get_future().wait_for(Seconds(60)), std::future_status::ready);
  EXPECT_TRUE(messages(slow).empty());
  logs.letGo();
}

}  // namespace
}  // namespace kiln::engine
