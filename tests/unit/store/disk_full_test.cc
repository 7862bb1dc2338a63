// A disk without space, or one that does not answer: the write fails with a plain error, nothing that was acknowledged is
// lost, and the store goes on by itself when the disk does.
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/unit/store/fault_file_system.h"
#include "tests/unit/store/store_fixture.h"

namespace kiln::store {
namespace {

class DiskFullTest : public testing::Test {
 protected:
  DiskFullTest()
      : files_(std::make_shared<FaultFileSystem>()), env_(rocksdb::NewCompositeEnv(files_)) {
    open();
  }

  void open() {
    store_.reset();
    auto opened = openRocksStore({.directory = "/kiln/db", .env = env_.get()});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }

  Result<std::uint64_t> create(int number, Durability durability = Durability::kSynced) {
    auto resource = resourceOf(std::to_string(number));
    resource.status.assign(2000, 's');
    return store_->commit(durability, [&](Txn& txn) { return txn.create(resource); });
  }

  void losePower() {
    files_->cutPower();
    store_.reset();
    files_->restorePower(random_);
    open();
  }

  bool exists(int number) { return store_->find(keyOf(std::to_string(number)))->has_value(); }

  std::mt19937_64 random_{7};
  std::shared_ptr<FaultFileSystem> files_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<Store> store_;
};

constexpr auto kPlenty = std::uint64_t{1} << 40;

TEST_F(DiskFullTest, AFullDiskIsAPlainErrorAtStartAndNothingIsTouched) {
  ASSERT_TRUE(create(1).ok());
  store_.reset();
  files_->setFreeBytes(100);
  EXPECT_EQ(codeOf(openRocksStore({.directory = "/kiln/db", .env = env_.get()})),
            Code::kResourceExhausted);
  files_->setFreeBytes(kPlenty);
  open();
  EXPECT_TRUE(exists(1));
}

TEST_F(DiskFullTest, AFullDiskFailsTheWriteAndSpaceMendsIt) {
  ASSERT_TRUE(create(1).ok());
  const auto version = store_->version();
  files_->setFreeBytes(100);
  auto failed = create(2);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, Code::kResourceExhausted) << failed.error().message;
  EXPECT_EQ(codeOf(create(3)), Code::kResourceExhausted);
  EXPECT_EQ(codeOf(store_->probe()), Code::kResourceExhausted);
  EXPECT_EQ(store_->version(), version);
  EXPECT_TRUE(exists(1));
  EXPECT_FALSE(exists(2));
  files_->setFreeBytes(kPlenty);
  EXPECT_TRUE(store_->probe().ok());
  auto done = create(2);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(*done, version + 1);
  losePower();
  EXPECT_TRUE(exists(1));
  EXPECT_TRUE(exists(2));
  EXPECT_FALSE(exists(3));
}

TEST_F(DiskFullTest, RunningFullAgainAndAgainLosesNothing) {
  std::vector<int> kept;
  int number = 0;
  int failures = 0;
  for (int round = 0; round < 300; ++round) {
    files_->setFreeBytes(random_() % 12'000);
    for (int i = 0; i < 4; ++i, ++number) {
      auto done = create(number, random_() % 2 ? Durability::kSynced : Durability::kBuffered);
      if (done) kept.push_back(number);
      if (!done) {
        EXPECT_EQ(done.error().code, Code::kResourceExhausted) << done.error().message;
        ++failures;
      }
    }
    files_->setFreeBytes(kPlenty);
    if (random_() % 3 == 0) continue;  // what was cut short is followed by the next cut
    auto done = create(number);
    ASSERT_TRUE(done.ok()) << "round " << round << ": " << done.error().message;
    kept.push_back(number++);
    if (random_() % 10 == 0) losePower();
    ASSERT_EQ(store_->version(), kept.size());
  }
  EXPECT_GT(failures, 100);
  ASSERT_TRUE(store_->probe().ok());
  losePower();
  EXPECT_EQ(store_->version(), kept.size());
  for (int name : kept) EXPECT_TRUE(exists(name)) << name;
}

TEST_F(DiskFullTest, AKillWhileTheDiskIsFullLeavesAStoreThatOpensOnceThereIsSpace) {
  ASSERT_TRUE(create(1).ok());
  files_->setFreeBytes(50);
  ASSERT_FALSE(create(2).ok());
  store_.reset();
  files_->setFreeBytes(0);
  auto full = openRocksStore({.directory = "/kiln/db", .env = env_.get()});
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, Code::kResourceExhausted) << full.error().message;
  files_->setFreeBytes(kPlenty);
  open();
  EXPECT_TRUE(exists(1));
  EXPECT_FALSE(exists(2));
  EXPECT_TRUE(create(2).ok());
}

TEST_F(DiskFullTest, ADiskThatDoesNotSyncFailsTheWriteUntilItDoes) {
  ASSERT_TRUE(create(1).ok());
  ASSERT_TRUE(create(2, Durability::kBuffered).ok());
  files_->failSyncs(true);
  EXPECT_EQ(codeOf(create(3)), Code::kUnavailable);
  EXPECT_EQ(codeOf(store_->probe()), Code::kUnavailable);
  files_->failSyncs(false);
  ASSERT_TRUE(create(4).ok());
  losePower();
  EXPECT_TRUE(exists(1));
  EXPECT_TRUE(exists(2));
  EXPECT_TRUE(exists(4));
  // Written but not synced when it failed, so it may have been found afterwards; then it counts like any other commit.
  EXPECT_EQ(store_->version(), exists(3) ? 4u : 3u);
}

// The real thing: a small file system of its own, where mounting is allowed.
TEST(RealDiskFullTest, AFullFileSystemFailsTheWriteAndSpaceMendsIt) {
  const auto mount = std::filesystem::temp_directory_path() / ("kiln-full-" + newUuid());
  std::filesystem::create_directory(mount);
  if (::mount("tmpfs", mount.c_str(), "tmpfs", 0, "size=96m") != 0) {
    std::filesystem::remove(mount);
    GTEST_SKIP() << "this user may not mount a file system";
  }
  {
    auto opened = openRocksStore({.directory = mount / "db"});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    Store& store = **opened;
    std::ofstream(mount / "ballast") << std::string(48 << 20, 'b');
    int done = 0;
    const auto create = [&](int number) {
      auto resource = resourceOf(std::to_string(number));
      for (int i = 0; i < 40'000; ++i) resource.status += static_cast<char>(rand() % 250);
      return store.commit(Durability::kSynced, [&](Txn& txn) { return txn.create(resource); });
    };
    for (int round = 0; round < 3; ++round) {
      auto last = create(done);
      for (; last.ok(); last = create(++done)) continue;
      EXPECT_EQ(last.error().code, Code::kResourceExhausted) << last.error().message;
      // Work in the background may give room back.
      for (last = create(done); last.ok(); last = create(++done)) continue;
      EXPECT_EQ(last.error().code, Code::kResourceExhausted) << last.error().message;
      // Opening again may have to write what the log holds as a table first: a memtable's size is needed.
      std::filesystem::resize_file(mount / "ballast", static_cast<std::size_t>(32 - 16 * round)
                                                          << 20);
      // What the full disk held up may take the room first, and give it back.
      auto mended = create(done);
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while (!mended.ok() && std::chrono::steady_clock::now() < deadline) mended = create(done);
      ASSERT_TRUE(mended.ok()) << mended.error().message;
      ++done;
    }
    opened->reset();
    opened = openRocksStore({.directory = mount / "db"});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    for (int number = 0; number < done; ++number) {
      EXPECT_TRUE((*opened)->find(keyOf(std::to_string(number)))->has_value()) << number;
    }
    EXPECT_EQ((*opened)->version(), static_cast<std::uint64_t>(done));
  }
  EXPECT_EQ(::umount(mount.c_str()), 0);
  std::filesystem::remove(mount);
}

}  // namespace
}  // namespace kiln::store
