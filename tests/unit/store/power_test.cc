// A machine that loses its power: what was acknowledged as synced is there afterwards, and what is there is a beginning of
// what was committed, never a part with a hole in it.
#include <algorithm>
#include <cstdlib>
#include <thread>

#include "tests/unit/store/fault_file_system.h"
#include "tests/unit/store/store_fixture.h"

namespace kiln::store {
namespace {

constexpr int kCutsPerSchedule = 3;
constexpr int kThreads = 4;

// Fewer where every step is slow (KILN_POWER_SCHEDULES).
std::uint64_t schedules() {
  const char* asked = std::getenv("KILN_POWER_SCHEDULES");
  return asked == nullptr ? 250 : std::strtoull(asked, nullptr, 10);
}

struct Acknowledged {
  std::uint64_t version;
  std::string name;
  bool synced;
};

class PowerTest : public testing::Test {
 protected:
  void use(std::uint64_t seed) {
    random_.seed(seed);
    files_ = std::make_shared<FaultFileSystem>();
    env_ = rocksdb::NewCompositeEnv(files_);
    known_.clear();
  }

  std::unique_ptr<Store> open() {
    auto opened = openRocksStore({.directory = "/kiln/db", .feedWindow = 32, .env = env_.get()});
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }

  // Each thread commits until the power is gone.
  void commitUntilDark(Store& store, std::uint64_t changes) {
    files_->cutPowerAfter(changes);
    std::vector<std::vector<Acknowledged>> seen(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t, seed = random_()] {
        std::mt19937_64 random(seed);
        while (files_->powered()) {
          const bool synced = random() % 3 == 0;
          auto resource = resourceOf(newUuid(), {"all/x"});
          resource.status.resize(random() % 3000, 's');
          auto version =
              store.commit(synced ? Durability::kSynced : Durability::kBuffered, [&](Txn& txn) {
                txn.emit(
                    {.id = resource.meta.key.name, .subject = resource.meta.key, .body = "{}"});
                return txn.create(resource);
              });
          if (version) seen[t].push_back({*version, resource.meta.key.name, synced});
        }
      });
    }
    for (auto& thread : threads) thread.join();
    for (auto& part : seen) known_.insert(known_.end(), part.begin(), part.end());
  }

  void expectABeginning(const Store& store) {
    for (const auto& commit : known_) {
      const auto found = store.find(keyOf(commit.name));
      ASSERT_TRUE(found.ok()) << found.error().message;
      EXPECT_EQ(found->has_value(), commit.version <= store.version()) << commit.version;
      EXPECT_TRUE(!commit.synced || commit.version <= store.version()) << commit.version;
    }
  }

  void expectWholeCommits(const Store& store) {
    auto index = store.scanIndex("all/", "", 1'000'000, Order::kAscending);
    auto events = store.readOutbox(0, 1'000'000);
    ASSERT_TRUE(index.ok() && events.ok());
    EXPECT_EQ(index->entries.size(), store.version());
    EXPECT_EQ(events->size(), store.version());
    if (store.version() == 0) return;
    EXPECT_EQ(events->back().position, store.version());
    EXPECT_EQ(store.readFeed(store.version() - 1, 10)->size(), 1u);
  }

  std::mt19937_64 random_;
  std::shared_ptr<FaultFileSystem> files_;
  std::unique_ptr<rocksdb::Env> env_;
  std::vector<Acknowledged> known_;
};

TEST_F(PowerTest, NoSyncedCommitIsLostAndNoneIsLostFromTheMiddle) {
  const auto count = schedules();
  std::uint64_t cuts = 0;
  std::uint64_t commits = 0;
  for (std::uint64_t seed = 1; seed <= count && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    use(seed);
    for (int cut = 0; cut < kCutsPerSchedule && !HasFailure(); ++cut) {
      auto store = open();
      ASSERT_NE(store, nullptr);
      commitUntilDark(*store, random_() % 200);
      store.reset();
      files_->restorePower(random_);
      store = open();
      ASSERT_NE(store, nullptr);
      expectABeginning(*store);
      expectWholeCommits(*store);
      std::erase_if(known_, [&](const auto& commit) { return commit.version > store->version(); });
      ++cuts;
    }
    commits += known_.size();
  }
  std::printf("%llu power cuts, %llu commits kept\n", static_cast<unsigned long long>(cuts),
              static_cast<unsigned long long>(commits));
}

TEST_F(PowerTest, PowerLostWhileAStoreIsMadeLeavesOneThatOpens) {
  for (std::uint64_t changes = 0;; ++changes) {
    SCOPED_TRACE("changes " + std::to_string(changes));
    use(changes);
    files_->cutPowerAfter(changes);
    auto cut = openRocksStore({.directory = "/kiln/db", .env = env_.get()});
    const bool made = cut.ok();
    if (made) std::move(cut).value().reset();
    files_->cutPower();
    files_->restorePower(random_);
    auto store = open();
    ASSERT_NE(store, nullptr);
    EXPECT_FALSE(store->id().empty());
    if (made) break;
  }
}

TEST_F(PowerTest, WhatAKilledProcessHadBufferedIsOnDiskOnceItIsSeenAgain) {
  use(1);
  auto store = open();
  ASSERT_TRUE(
      store->commit(Durability::kBuffered, [](Txn& txn) { return txn.create(resourceOf("a")); })
          .ok());
  store.reset();
  store = open();
  ASSERT_TRUE(
      store->commit(Durability::kSynced, [](Txn& txn) { return txn.create(resourceOf("b")); })
          .ok());
  files_->cutPower();
  store.reset();
  files_->restorePower(random_);
  store = open();
  EXPECT_TRUE(store->find(keyOf("a"))->has_value());
  EXPECT_TRUE(store->find(keyOf("b"))->has_value());
}

TEST_F(PowerTest, ASyncedCommitThatOnlyReadsSyncsWhatItMayHaveRead) {
  use(1);
  auto store = open();
  ASSERT_TRUE(
      store->commit(Durability::kBuffered, [](Txn& txn) { return txn.create(resourceOf("a")); })
          .ok());
  const auto before = files_->logSyncs();
  ASSERT_TRUE(store->commit(Durability::kSynced, [](Txn&) { return okStatus(); }).ok());
  EXPECT_EQ(files_->logSyncs(), before + 1);
  ASSERT_TRUE(store->commit(Durability::kSynced, [](Txn&) { return okStatus(); }).ok());
  EXPECT_EQ(files_->logSyncs(), before + 1);
}

}  // namespace
}  // namespace kiln::store
