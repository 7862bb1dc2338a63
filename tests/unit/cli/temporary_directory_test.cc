#include "controller/cli/temporary_directory.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

#include "controller/core/ids.h"

namespace kiln::cli {
namespace {

namespace fs = std::filesystem;

// A prefix that nobody else has or had.
std::string prefixHere() {
  static const std::string prefix = "kiln-unit-" + newUuid() + "-";
  return prefix;
}

TEST(TemporaryDirectoryTest, GoesWithAllThatIsInIt) {
  fs::path path;
  {
    const auto made = TemporaryDirectory::make(prefixHere());
    ASSERT_TRUE(made.ok());
    path = made->path();
    struct stat about {};
    ASSERT_EQ(::stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0700U);
    fs::create_directories(path / "a/b");
    std::ofstream(path / "a/b/c") << "x";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryDirectoryTest, APlaceThatIsNotThereIsNamed) {
  const char* was = std::getenv("TMPDIR");
  const std::string before = was == nullptr ? "" : was;
  ::setenv("TMPDIR", "/no/such", 1);
  const auto made = TemporaryDirectory::make(prefixHere());
  was == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before.c_str(), 1);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message,
            "there is no place for temporary files (TMPDIR=/no/such): No such file or directory");
}

TEST(TemporaryDirectoryTest, OneInUseIsNotFoundAsLeftBehindAndOneThatWasLeftIs) {
  auto made = TemporaryDirectory::make(prefixHere());
  ASSERT_TRUE(made.ok());
  const auto path = made->path();
  EXPECT_TRUE(TemporaryDirectory::leftBehind(prefixHere()).empty());
  {
    auto used = *std::move(made);
    used.leave();
  }
  {
    const auto left = TemporaryDirectory::leftBehind(prefixHere());
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left.front().path(), path);
    EXPECT_TRUE(TemporaryDirectory::leftBehind(prefixHere()).empty()) << "it is ours now";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryDirectoryTest, AnotherDirectoryOfSuchANameIsNotTouched) {
  const auto other = fs::temp_directory_path() / (prefixHere() + "backup");
  fs::create_directory(other);
  EXPECT_TRUE(TemporaryDirectory::leftBehind(prefixHere()).empty());
  EXPECT_TRUE(fs::exists(other));
  fs::remove(other);
}

}  // namespace
}  // namespace kiln::cli
