// Sealed values, the key file and what happens when it is lost, changed or open to others.
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "store/rocks/rocks_store.h"
#include "store/vault/key_file.h"
#include "store/vault/vault.h"

namespace kiln::store {
namespace {

namespace fs = std::filesystem;

TEST(Sealer, OpensWhatItSealedOnlyForTheSameIdentity) {
  const Sealer sealer(std::string(32, 'k'));
  for (const std::string& plain : {std::string(), std::string("x"), std::string(70'000, '\0')}) {
    const auto sealed = sealer.seal("ssm/a", plain);
    ASSERT_TRUE(sealed.ok());
    EXPECT_EQ(*sealer.open("ssm/a", *sealed), plain);
    EXPECT_EQ(sealer.open("ssm/b", *sealed).error().code, Code::kCorrupt);
  }
}

TEST(Sealer, TheSameValueIsNeverTheSameSealedText) {
  const Sealer sealer(std::string(32, 'k'));
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(*sealer.seal("id", "value"));
  EXPECT_EQ(seen.size(), 100U);
}

TEST(Sealer, AnyChangedOrMissingByteIsAnError) {
  const Sealer sealer(std::string(32, 'k'));
  const std::string sealed = *sealer.seal("id", "hidden");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(sealer.open("id", changed).ok()) << at;
    EXPECT_FALSE(sealer.open("id", sealed.substr(0, at)).ok()) << at;
  }
  EXPECT_FALSE(sealer.open("id", sealed + "x").ok());
}

TEST(Sealer, AnotherKeyIsAnErrorAndHasAnotherFingerprint) {
  const Sealer one(std::string(32, '1'));
  const Sealer two(std::string(32, '2'));
  const auto opened = two.open("id", *one.seal("id", "hidden"));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().message.find("hidden"), std::string::npos);
  EXPECT_NE(one.fingerprint(), two.fingerprint());
  EXPECT_EQ(one.fingerprint(), Sealer(std::string(32, '1')).fingerprint());
}

class VaultTest : public testing::Test {
 protected:
  VaultTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    char name[] = "/tmp/kiln-vault-XXXXXX";
    directory_ = ::mkdtemp(name);
    store_ = *openRocksStore({.directory = "/kiln", .feedWindow = 100, .env = env_.get()});
    restart();
  }
  ~VaultTest() override { fs::remove_all(directory_); }

  void restart() { vault_ = std::make_unique<Vault>(file(), *store_); }
  fs::path file() const { return directory_ / "secret.key"; }
  std::string seal(const std::string& plain) { return *(*vault_->forSealing())->seal("id", plain); }
  std::string open(const std::string& sealed) {
    auto held = vault_->forOpening();
    if (!held.ok()) return "refused: " + held.error().message;
    auto plain = (*held)->open("id", sealed);
    return plain.ok() ? *plain : "refused: " + plain.error().message;
  }
  void writeFile(const std::string& bytes) { std::ofstream(file()) << bytes; }
  std::string readFile() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path directory_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Vault> vault_;
};

TEST_F(VaultTest, NoKeyIsMadeUntilOneIsNeeded) {
  EXPECT_TRUE(vault_->check().ok());
  EXPECT_FALSE(vault_->forOpening().ok());
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(VaultTest, TheKeyFileIsThirtyTwoBytesForItsOwnerAlone) {
  seal("value");
  EXPECT_EQ(fs::file_size(file()), 32U);
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(fs::exists(directory_ / "secret.key.new"));
}

TEST_F(VaultTest, ARestartedVaultOpensWhatWasSealed) {
  const std::string sealed = seal("value");
  restart();
  EXPECT_EQ(open(sealed), "value");
  EXPECT_EQ(open(seal("more")), "more");
}

TEST_F(VaultTest, ALostKeyFileIsAnErrorAndNeverANewKey) {
  const std::string sealed = seal("value");
  fs::remove(file());
  restart();
  EXPECT_FALSE(vault_->forSealing().ok());
  EXPECT_FALSE(vault_->check().ok());
  EXPECT_NE(open(sealed).find("is missing"), std::string::npos) << open(sealed);
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(VaultTest, AKeyFileLostWhileRunningStopsSealingButNotOpening) {
  const std::string sealed = seal("value");
  fs::remove(file());
  EXPECT_EQ(open(sealed), "value");
  EXPECT_FALSE(vault_->forSealing().ok());
  EXPECT_FALSE(vault_->check().ok());
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(VaultTest, AnotherKeyIsRefusedEvenWhileRunning) {
  seal("value");
  writeFile(std::string(32, 'z'));
  EXPECT_NE(vault_->forSealing().error().message.find("does not hold the key"), std::string::npos);
  restart();
  EXPECT_NE(vault_->forOpening().error().message.find("does not hold the key"), std::string::npos);
}

TEST_F(VaultTest, AKeyWhoseMarkerWasLostToACrashIsTakenUp) {
  const std::string key = *makeKeyFile(file());
  const std::string sealed = seal("value");
  EXPECT_EQ(readFile(), key);
  restart();
  EXPECT_EQ(open(sealed), "value");
}

TEST_F(VaultTest, AnUnfinishedKeyFileIsReplaced) {
  std::ofstream(directory_ / "secret.key.new") << "half";
  EXPECT_EQ(open(seal("value")), "value");
}

TEST_F(VaultTest, AFileOfAnotherSizeOrOpenToOthersIsRefused) {
  seal("value");
  for (const auto mode : {0640, 0604, 0660, 0620}) {
    ::chmod(file().c_str(), static_cast<mode_t>(mode));
    EXPECT_NE(vault_->check().error().message.find("chmod 600"), std::string::npos) << mode;
  }
  ::chmod(file().c_str(), 0600);
  EXPECT_TRUE(vault_->check().ok());
  for (const std::size_t size : {0U, 31U, 33U}) {
    writeFile(std::string(size, 'k'));
    EXPECT_NE(vault_->check().error().message.find("should have 32"), std::string::npos) << size;
  }
  fs::remove(file());
  fs::create_directory(file());
  EXPECT_FALSE(vault_->check().ok());
}

TEST_F(VaultTest, ADirectoryThatCannotBeWrittenIsAnErrorThatNamesIt) {
  Vault nowhere(directory_ / "none" / "secret.key", *store_);
  EXPECT_NE(nowhere.forSealing().error().message.find("none/secret.key"), std::string::npos);
}

TEST_F(VaultTest, ManyThreadsMakeOneKey) {
  std::vector<std::jthread> threads;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { opened += open(seal("value")) == "value" ? 1 : 0; });
  }
  threads.clear();
  EXPECT_EQ(opened, 8);
  const std::string sealed = seal("value");
  restart();
  EXPECT_EQ(open(sealed), "value");
}

}  // namespace
}  // namespace kiln::store
