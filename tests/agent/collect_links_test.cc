// What becomes of symbolic links, hard links and things that are no files, and what of a file is kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "tests/agent/collecting.h"

namespace kiln::agent {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ArtifactToCollect everything(bool keepSymlinks = false) {
  ArtifactToCollect artifact;
  artifact.files = {"**/*"};
  artifact.keepSymlinks = keepSymlinks;
  return artifact;
}

struct stat statOf(const fs::path& path) {
  struct stat found {};
  EXPECT_EQ(::lstat(path.c_str(), &found), 0) << path;
  return found;
}

TEST(AgentLinks, AreFollowedUnlessAskedOtherwise) {
  Collecting build;
  build.files({"real/a", "real/sub/b"});
  build.link("real/a", "link");
  build.link("../real/sub", "x/dir");
  build.link((build.work() / "real/a").string(), "absolute");
  build.collect({everything()});
  EXPECT_THAT(build.stagedPaths(),
              ElementsAre("absolute", "link", "real/a", "real/sub/b", "x/dir/b"));
  EXPECT_EQ(contentOf(build.staged() / "link"), "real/a");
  EXPECT_THAT(build.log(), HasSubstr("Found 5 file(s)\n"));
}

TEST(AgentLinks, OfDirectoriesThatLeadToEachOtherAreFollowedThreeDeepAndToldInAHundredLines) {
  Collecting build;
  constexpr int kDirectories = 7;
  for (int i = 0; i < kDirectories; ++i) {
    const std::string own = "p" + std::to_string(i) + "/";
    build.files({own + "f"});
    for (int j = 0; j < kDirectories; ++j) {
      if (j != i) build.link("../p" + std::to_string(j), own + "l" + std::to_string(j));
    }
  }
  build.collect({everything()});
  // Itself, six behind one link, thirty behind two, 120 behind three; circles are none of them.
  EXPECT_EQ(build.stagedPaths().size(), 7U * (1 + 6 + 30 + 120));
  EXPECT_THAT(build.log(), HasSubstr("behind more than 3 symbolic links"));
  EXPECT_THAT(build.log(), HasSubstr(" more paths\n"));
  const std::string log = build.log();
  EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 130);
}

TEST(AgentLinks, ThatPointInsideTheTreeAreKeptWhenAskedForAndOthersFollowed) {
  Collecting build;
  build.files({"dist/real/a", "dist/same", "same", "outside/o", "outside/p/q"});
  build.link("real/a", "dist/file");
  build.link("real", "dist/dir");
  build.link("../real/a", "dist/sub/up");
  build.link("../outside/o", "dist/out");
  build.link("../outside", "dist/outdir");
  build.link("../dist/real/a", "dist/roundabout");
  build.link((build.work() / "dist/real/a").string(), "dist/absolute");
  build.link("o", "outside/sibling");
  build.link("../same", "outside/up");
  auto artifact = everything(true);
  artifact.baseDirectory = "dist";
  build.collect({artifact});
  EXPECT_THAT(build.stagedPaths(),
              ElementsAre("absolute", "dir -> real", "file -> real/a", "out", "outdir/o",
                          "outdir/p/q", "outdir/sibling -> o", "outdir/up", "real/a", "roundabout",
                          "same", "sub/up -> ../real/a"));
  EXPECT_EQ(build.collectedFields().at(4), "12");
  EXPECT_EQ(contentOf(build.staged() / "outdir/up"), "same");
}

TEST(AgentLinks, ThatLeadNowhereOrInACircleAreToldAndLeftOut) {
  Collecting build;
  build.files({"a", "d/b"});
  build.link("gone", "dangling");
  build.link("self", "self");
  build.link("two", "one");
  build.link("one", "two");
  build.link("..", "d/up");
  build.collect({everything()});
  EXPECT_THAT(build.stagedPaths(), ElementsAre("a", "d/b"));
  EXPECT_EQ(build.outcome(), "SUCCEEDED");
  for (const char* name : {"dangling", "self", "one", "two"}) {
    EXPECT_THAT(build.log(), HasSubstr("Skipping " + std::string(name) +
                                       ": it is a symbolic link that leads nowhere\n"));
  }
  EXPECT_THAT(build.log(), HasSubstr("Skipping d/up: it is a directory that lies within itself\n"));
}

TEST(AgentLinks, AreToldInOrder) {
  Collecting build;
  build.files({"a"});
  std::string expected;
  for (char name = 'b'; name <= 'z'; ++name) {
    build.link("gone", std::string(1, name));
    expected += "[Container] Skipping " + std::string(1, name) +
                ": it is a symbolic link that leads nowhere\n";
  }
  build.collect({everything()});
  EXPECT_THAT(build.log(), HasSubstr(expected));
}

TEST(AgentLinks, ThatLeadNowhereAreKeptAsLinksWhenAskedFor) {
  Collecting build;
  build.files({"a"});
  build.link("gone", "dangling");
  build.link("self", "self");
  build.link("../gone", "out");
  build.collect({everything(true)});
  EXPECT_THAT(build.stagedPaths(), ElementsAre("a", "dangling -> gone", "self -> self"));
  EXPECT_THAT(build.log(), HasSubstr("Skipping out: it is a symbolic link that leads nowhere\n"));
}

TEST(AgentLinks, AreFollowedWherePathsAreDiscarded) {
  Collecting build;
  build.files({"real/a"});
  build.link("../real/a", "sub/link");
  auto artifact = everything(true);
  artifact.discardPaths = true;
  build.collect({artifact});
  EXPECT_THAT(build.stagedPaths(), ElementsAre("a", "link"));
}

TEST(AgentLinks, ThatAreExcludedAreNotSpokenOf) {
  Collecting build;
  build.files({"a"});
  build.link("gone", "x/dangling");
  auto artifact = everything();
  artifact.excludePaths = {"x/**"};
  build.collect({artifact});
  EXPECT_THAT(build.stagedPaths(), ElementsAre("a"));
  EXPECT_THAT(build.log(), Not(HasSubstr("dangling")));
}

TEST(AgentLinks, AKeptLinkInTheWayOfAFileFailsThePhase) {
  Collecting build;
  build.files({"real/a"});
  build.link("real", "link");
  auto artifact = everything(true);
  artifact.files = {"**/*", "link/a"};
  build.collect({artifact});
  EXPECT_EQ(build.outcome(), "cannot put link/a into the artifact: link is no directory there");
}

TEST(AgentStaging, FilesAreLinkedWithModeAndTimesAndNoneTwice) {
  Collecting build;
  build.file("tool", "#!/bin/sh\n");
  build.files({"one"});
  fs::create_hard_link(build.work() / "one", build.work() / "two");
  ::chmod((build.work() / "tool").c_str(), 04751);
  build.link("tool", "link");
  const auto before = statOf(build.work() / "tool");
  build.collect({everything(), everything()});
  const auto after = statOf(build.work() / "tool");
  const auto staged = statOf(build.staged(0) / "tool");
  EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
  EXPECT_EQ(before.st_mode, after.st_mode);
  EXPECT_EQ(staged.st_mode, after.st_mode);
  EXPECT_EQ(staged.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
  std::set<ino_t> inodes;
  for (const char* name : {"tool", "link", "one", "two"}) {
    const auto found = statOf(build.staged(0) / name);
    EXPECT_TRUE(S_ISREG(found.st_mode)) << name;
    EXPECT_TRUE(inodes.insert(found.st_ino).second) << name;
  }
  EXPECT_TRUE(inodes.contains(statOf(build.work() / "one").st_ino));
  EXPECT_TRUE(inodes.contains(after.st_ino));
  const auto copy = statOf(build.staged(0) / "tool").st_ino == after.st_ino
                        ? statOf(build.staged(0) / "link")
                        : staged;
  EXPECT_EQ(copy.st_mode, after.st_mode);
  EXPECT_EQ(copy.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
  EXPECT_THAT(build.stagedPaths(1), ElementsAre("link", "one", "tool", "two"));
}

TEST(AgentStaging, FilesOfAnotherFileSystemAreCopied) {
  if (::access("/dev/shm", W_OK) != 0) GTEST_SKIP() << "no second file system here";
  Collecting build;
  std::string place = "/dev/shm/kiln-XXXXXX";
  ASSERT_NE(::mkdtemp(place.data()), nullptr);
  std::ofstream(place + "/big") << std::string(3'000'000, 'x') << "end";
  ::chmod((place + "/big").c_str(), 0640);
  auto artifact = everything();
  artifact.baseDirectory = place;
  build.collect({artifact});
  EXPECT_THAT(build.stagedPaths(), ElementsAre("big"));
  EXPECT_EQ(contentOf(build.staged() / "big"), contentOf(place + "/big"));
  const auto original = statOf(place + "/big");
  const auto copy = statOf(build.staged() / "big");
  EXPECT_NE(copy.st_dev, original.st_dev);
  EXPECT_EQ(copy.st_mode, original.st_mode);
  EXPECT_EQ(copy.st_mtim.tv_sec, original.st_mtim.tv_sec);
  EXPECT_EQ(copy.st_mtim.tv_nsec, original.st_mtim.tv_nsec);
  fs::remove_all(place);
}

TEST(AgentStaging, WhatIsNoFileIsToldAndLeftOut) {
  Collecting build;
  build.files({"a"});
  ASSERT_EQ(::mkfifo((build.work() / "fifo").c_str(), 0644), 0);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string place = (build.work() / "socket").string();
  ASSERT_LT(place.size(), sizeof address.sun_path);
  place.copy(address.sun_path, place.size());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
  build.link("/dev/null", "device");
  build.collect({everything()});
  EXPECT_THAT(build.stagedPaths(), ElementsAre("a"));
  for (const char* name : {"fifo", "socket", "device"}) {
    EXPECT_THAT(build.log(),
                HasSubstr("Skipping " + std::string(name) + ": it is no regular file\n"));
  }
}

TEST(AgentStaging, WhatLiesInTheStagingDirectoryBeforeIsRemovedAndNothingBehindItsLinks) {
  Collecting build;
  build.files({"a", "precious/file"});
  fs::create_directories(build.staged() / "old/deep");
  std::ofstream(build.staged() / "old/deep/file") << "old";
  fs::create_symlink(build.work() / "precious", build.staged() / "old/link");
  auto artifact = everything();
  artifact.files = {"a"};
  build.collect({artifact});
  EXPECT_THAT(build.stagedPaths(), ElementsAre("a"));
  EXPECT_TRUE(fs::exists(build.work() / "precious/file"));
}

TEST(AgentStaging, FilesInTheWayOfDirectoriesFailThePhase) {
  Collecting build;
  build.files({"one/x", "two/x/y"});
  auto artifact = everything();
  artifact.baseDirectory = "*";
  build.collect({artifact});
  EXPECT_EQ(build.outcome(), "cannot put x/y into the artifact: x is no directory there");
}

}  // namespace
}  // namespace kiln::agent
