// A staging tree by itself: what can go wrong between finding a file and taking it.
#include "runtime/agent/staging_tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/agent/collecting.h"

namespace kiln::agent {
namespace {

namespace fs = std::filesystem;

class AgentStagingTree : public testing::Test {
 protected:
  AgentStagingTree() : tree_((root_ / "staged").string()) {
    fs::create_directories(root_);
    EXPECT_TRUE(tree_.make());
  }
  ~AgentStagingTree() override { fs::remove_all(root_); }

  std::string source(const std::string& name) {
    std::ofstream(root_ / name) << name;
    return (root_ / name).string();
  }

  fs::path root_ = fs::path(testing::TempDir()) / ("kiln-staging-" + std::to_string(::getpid()));
  StagingTree tree_;
};

TEST_F(AgentStagingTree, AFileThatHasGoneIsNoError) {
  const std::string gone = (root_ / "gone").string();
  EXPECT_FALSE(*tree_.addFile(gone, "x/gone"));
  EXPECT_FALSE(*tree_.addFile(gone + "/below", "below"));
  EXPECT_FALSE(*tree_.addLink(gone, "link"));
  EXPECT_FALSE(*tree_.addLink(source("now-a-file"), "link"));
  EXPECT_EQ(tree_.files(), 0U);
  EXPECT_TRUE(fs::is_empty(root_ / "staged"));
}

TEST_F(AgentStagingTree, WhatBecameADirectoryOrAFifoIsLeftOut) {
  fs::create_directories(root_ / "directory");
  ASSERT_EQ(::mkfifo((root_ / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(*tree_.addFile((root_ / "directory").string(), "a"));
  EXPECT_FALSE(*tree_.addFile((root_ / "fifo").string(), "b"));
}

TEST_F(AgentStagingTree, OneFileUnderTwoPathsIsTwoFiles) {
  const std::string one = source("one");
  ASSERT_TRUE(*tree_.addFile(one, "a/b/one"));
  ASSERT_TRUE(*tree_.addFile(one, "a/two"));
  EXPECT_EQ(tree_.files(), 2U);
  EXPECT_TRUE(fs::equivalent(root_ / "staged/a/b/one", one));
  EXPECT_FALSE(fs::equivalent(root_ / "staged/a/two", one));
  EXPECT_EQ(contentOf(root_ / "staged/a/two"), "one");
}

TEST_F(AgentStagingTree, ALinkKeepsItsTargetAndTime) {
  fs::create_symlink("not/there", root_ / "link");
  const timespec times[2] = {{.tv_sec = 1000, .tv_nsec = 1}, {.tv_sec = 2000, .tv_nsec = 2}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (root_ / "link").c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
  ASSERT_TRUE(*tree_.addLink((root_ / "link").string(), "d/link"));
  struct stat found {};
  ASSERT_EQ(::lstat((root_ / "staged/d/link").c_str(), &found), 0);
  EXPECT_TRUE(S_ISLNK(found.st_mode));
  EXPECT_EQ(found.st_mtim.tv_sec, 2000);
  EXPECT_EQ(found.st_mtim.tv_nsec, 2);
  EXPECT_EQ(fs::read_symlink(root_ / "staged/d/link"), "not/there");
}

TEST_F(AgentStagingTree, NothingIsPutBehindALinkOfItsOwn) {
  fs::create_symlink("..", root_ / "up");
  ASSERT_TRUE(*tree_.addLink((root_ / "up").string(), "up"));
  const auto added = tree_.addFile(source("evil"), "up/evil");
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().message,
            "cannot put up/evil into the artifact: up is no directory there");
}

TEST_F(AgentStagingTree, IsMadeAnew) {
  ASSERT_TRUE(*tree_.addFile(source("one"), "deep/er/one"));
  StagingTree again((root_ / "staged").string());
  ASSERT_TRUE(again.make());
  EXPECT_TRUE(fs::is_empty(root_ / "staged"));
  EXPECT_EQ(contentOf(root_ / "one"), "one");
}

}  // namespace
}  // namespace kiln::agent
