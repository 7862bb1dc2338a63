// Opening what must not be opened, group commit, and a process that is killed.
#include <rocksdb/write_batch.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "store/rocks/codec.h"
#include "store/rocks/keys.h"
#include "store/rocks/migrations.h"
#include "tests/unit/store/fault_file_system.h"
#include "tests/unit/store/store_fixture.h"

namespace kiln::store {
namespace {

using OpenTest = StoreTest;

TEST_F(OpenTest, ASecondOneIsToldThatTheStoreIsInUse) {
  auto second = openRocksStore({.directory = "/kiln/db", .env = env_.get()});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(second.error().message, "another kiln is using /kiln/db");
}

TEST_F(OpenTest, TheIdIsRandomAndStays) {
  const auto id = store_->id();
  EXPECT_TRUE(isUuid(id));
  open();
  EXPECT_EQ(store_->id(), id);
}

TEST_F(OpenTest, ANewerSchemaIsLeftAlone) {
  store_.reset();
  {
    auto database = Database::open("/kiln/db", env_.get());
    rocksdb::WriteBatch batch;
    ASSERT_TRUE(batch.Put(keys::meta(kSchemaKey), encodeNumber(99)).ok());
    ASSERT_TRUE((*database)->write(batch, true).ok());
  }
  auto opened = openRocksStore({.directory = "/kiln/db", .env = env_.get()});
  EXPECT_EQ(codeOf(opened), Code::kFailedPrecondition);
}

TEST_F(OpenTest, AMigrationHappensOnceAndAFailedOneNotAtAll) {
  store_.reset();
  auto database = Database::open("/kiln/db", env_.get());
  int runs = 0;
  std::vector<Migration> steps = {{"adds a row", [&](const Database&, rocksdb::WriteBatch& batch) {
                                     ++runs;
                                     batch.Put("zebra", "1").PermitUncheckedError();
                                     return okStatus();
                                   }}};
  ASSERT_TRUE(migrate(**database, steps).ok());
  ASSERT_TRUE(migrate(**database, steps).ok());
  EXPECT_EQ(runs, 1);
  EXPECT_TRUE((*database)->find("zebra")->has_value());
  steps.push_back({"fails", [](const Database&, rocksdb::WriteBatch& batch) -> Status {
                     batch.Put("yak", "1").PermitUncheckedError();
                     return Error{Code::kCorrupt, "no"};
                   }});
  EXPECT_EQ(codeOf(migrate(**database, steps)), Code::kCorrupt);
  EXPECT_FALSE((*database)->find("yak")->has_value());
}

TEST(DamagedStoreTest, DamageInTheMiddleOfTheLogIsCorruptAndNothingIsMadeAnew) {
  auto files = std::make_shared<FaultFileSystem>();
  auto env = rocksdb::NewCompositeEnv(files);
  const RocksOptions options{.directory = "/kiln/db", .env = env.get()};
  {
    auto store = openRocksStore(options);
    for (int i = 0; i < 100; ++i) {
      auto made = (*store)->commit(
          Durability::kSynced, [&](Txn& txn) { return txn.create(resourceOf(std::to_string(i))); });
      ASSERT_TRUE(made.ok());
    }
  }
  std::vector<std::string> names;
  ASSERT_TRUE(env->GetChildren("/kiln/db", &names).ok());
  for (const auto& name : names) {
    std::uint64_t size = 0;
    if (!name.ends_with(".log") || !env->GetFileSize("/kiln/db/" + name, &size).ok()) continue;
    if (size > 0) files->damage("/kiln/db/" + name, size / 2);
  }
  EXPECT_EQ(codeOf(openRocksStore(options)), Code::kCorrupt);
  ASSERT_TRUE(env->DeleteFile("/kiln/db/CURRENT").ok());
  EXPECT_EQ(codeOf(openRocksStore(options)), Code::kCorrupt);
}

TEST(NewStoreTest, AnothersLogInTheDirectoryIsNotADatabaseAndAFileIsNoDirectory) {
  const auto directory = std::filesystem::temp_directory_path() / ("kiln-new-" + newUuid());
  std::filesystem::create_directory(directory);
  std::ofstream(directory / "serve.log") << "begun\n";
  {
    auto opened = openRocksStore({.directory = directory});
    EXPECT_TRUE(opened.ok()) << opened.error().message;
  }
  const auto file = directory / "serve.log";
  auto refused = openRocksStore({.directory = file});
  ASSERT_EQ(codeOf(refused), Code::kFailedPrecondition);
  EXPECT_EQ(refused.error().message,
            file.string() + " is not a directory, or this user may not look into it");
  std::filesystem::remove_all(directory);
}

TEST(RemovedStoreTest, TheProbeSaysThatTheFilesAreGone) {
  const auto directory = std::filesystem::temp_directory_path() / ("kiln-gone-" + newUuid());
  auto store = openRocksStore({.directory = directory});
  ASSERT_TRUE(store.ok());
  EXPECT_TRUE((*store)->probe().ok());
  std::filesystem::remove_all(directory);
  EXPECT_FALSE((*store)->probe().ok());
}

TEST(GroupCommitTest, ManyThreadsShareSyncsAndLoseNothing) {
  auto files = std::make_shared<FaultFileSystem>();
  auto env = rocksdb::NewCompositeEnv(files);
  auto store = openRocksStore({.directory = "/kiln/db", .env = env.get()});
  const auto before = files->logSyncs();
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        auto done = (*store)->commit(Durability::kSynced, [&](Txn& txn) -> Status {
          std::this_thread::yield();
          return dropValue(txn.nextNumber(kScope, "demo"));
        });
        EXPECT_TRUE(done.ok());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto syncs = files->logSyncs() - before;
  EXPECT_LT(syncs, 1600u);
  std::printf("1600 commits, %llu syncs\n", static_cast<unsigned long long>(syncs));
  EXPECT_TRUE((*store)
                  ->commit(Durability::kSynced,
                           [](Txn& txn) -> Status {
                             EXPECT_EQ(*txn.nextNumber(kScope, "demo"), 1601);
                             return okStatus();
                           })
                  .ok());
}

TEST(KillTest, WhatAKilledProcessAcknowledgedIsThere) {
  const auto directory = std::filesystem::temp_directory_path() / ("kiln-kill-" + newUuid());
  int acknowledged = -1;
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto child = ::fork();
    if (child == 0) {
      auto store = openRocksStore({.directory = directory});
      for (int i = acknowledged + 1; store.ok(); ++i) {
        auto done = (*store)->commit(Durability::kBuffered, [&](Txn& txn) -> Status {
          auto found = txn.find(keyOf(std::to_string(i)));
          return found.ok() && *found ? okStatus() : txn.create(resourceOf(std::to_string(i)));
        });
        if (!done || ::write(ends[1], &i, sizeof i) != sizeof i) break;
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    int number = 0;
    const int until = acknowledged + 50 + 37 * round;
    while (::read(ends[0], &number, sizeof number) == sizeof number) {
      acknowledged = number;
      if (number == until) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_GE(acknowledged, until);
    auto store = openRocksStore({.directory = directory});
    ASSERT_TRUE(store.ok()) << store.error().message;
    for (int i = 0; i <= acknowledged; ++i) {
      EXPECT_TRUE((*store)->find(keyOf(std::to_string(i)))->has_value()) << i;
    }
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace kiln::store
