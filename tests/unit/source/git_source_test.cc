// Git repositories served over HTTP, fetched, untarred, and asked by git itself what they are.
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "tests/unit/source/git_world.h"

namespace kiln::runtime {
namespace {

bool isHex(const std::string& text) {
  return text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

TEST_F(GitSourceTest, WithoutAVersionItIsTheDefaultHeadWithItsWholeHistoryAndACleanTree) {
  fill();
  auto source = fetch(spec());
  ASSERT_TRUE(source.ok());
  EXPECT_EQ((*source)->resolvedVersion(), third_);
  const auto tree = unpacked(**source);
  EXPECT_EQ(in(tree, "rev-parse HEAD"), third_);
  EXPECT_EQ(in(tree, "rev-list --count HEAD"), "3");
  EXPECT_EQ(in(tree, "status --porcelain"), "");
  EXPECT_EQ(in(tree, "rev-parse --abbrev-ref HEAD"), "HEAD");
  EXPECT_EQ(in(tree, "fsck --full --strict"), "");
  EXPECT_EQ(in(tree, "branch -r"), "  origin/HEAD -> origin/main\n  origin/main\n  origin/side");
  EXPECT_EQ(in(tree, "tag"), "heavy\nlight");
  EXPECT_EQ(in(tree, "config remote.origin.url"), base_ + "/app.git");
  EXPECT_EQ(in(tree, "describe --tags HEAD~1"), "heavy");
  EXPECT_EQ(fileText(tree / "a/b/deep.txt"), "two");
}

TEST_F(GitSourceTest, EveryFormOfAVersionFindsItsCommit) {
  fill();
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"main", third_},
      {"side", side_},
      {"light", second_},
      {"heavy", second_},
      {"refs/heads/side", side_},
      {"refs/tags/heavy", second_},
      {"refs/pull/7/head", side_},
      {"pr/7", side_},
      {first_, first_},
      {second_.substr(0, 8), second_},
      {"refs/heads/main^{" + first_ + "}", first_}};
  for (const auto& [version, expected] : rows) {
    for (const int depth : {0, 1}) {
      auto source = fetch(spec(version, depth));
      ASSERT_TRUE(source.ok()) << version << " "
                               << (source.error().context ? source.error().context->message
                                                          : source.error().error.message);
      EXPECT_EQ((*source)->resolvedVersion(), expected) << version;
      const auto tree = unpacked(**source);
      EXPECT_EQ(in(tree, "rev-parse HEAD"), expected) << version;
      EXPECT_EQ(in(tree, "status --porcelain"), "") << version;
      if (depth == 1) {
        EXPECT_EQ(in(tree, "rev-list --count HEAD"), "1") << version;
        if (isHex(version)) {
          EXPECT_EQ(in(tree, "rev-list --count --all"), "1") << version;
        }
      }
    }
  }
}

TEST_F(GitSourceTest, ServersOfOtherKindsAreUnderstood) {
  fill();
  EXPECT_EQ(in(unpackedOf(spec("side", 0, "/bare/app.git")), "rev-parse HEAD"), side_);
  EXPECT_EQ(in(unpackedOf(spec("side", 1, "/bare/app.git")), "rev-list --count HEAD"), "1");
  EXPECT_EQ(in(unpackedOf(spec("", 0, "/moved/app.git")), "rev-parse HEAD"), third_);
}

TEST_F(GitSourceTest, WhatIsNotThereEndsInTheWordsOfCodeBuild) {
  git("", "init -q --bare served/empty.git");
  EXPECT_EQ(failureOf(spec("", 0, "/empty.git")),
            "CLIENT_ERROR: remote repository is empty for primary source and source version ");
  fill();
  EXPECT_EQ(failureOf(spec("main", 0, "/none.git")),
            "CLIENT_ERROR: repository not found for primary source and source version main");
  const std::string commitId(40, 'a');
  for (const std::string& version :
       {std::string("nope"), std::string("refs/heads/nope"), std::string("abcdef12"), commitId,
        "refs/heads/main^{" + commitId + "}"}) {
    EXPECT_EQ(failureOf(spec(version)),
              "CLIENT_ERROR: reference not found for primary source and source version " + version);
    EXPECT_EQ(failureOf(spec(version, 1)),
              "CLIENT_ERROR: reference not found for primary source and source version " + version);
  }
  auto second = spec("nope");
  second.identifier = "lib";
  EXPECT_EQ(failureOf(second),
            "CLIENT_ERROR: reference not found for secondary source lib and source version nope");
}

TEST_F(GitSourceTest, OneThatIsLargerThanTheDiskHasRoomForIsTheHostsTrouble) {
  fill();
  shell("head -c 9000000 /dev/urandom > '" + (directory_ / "work/large").string() + "'");
  git("work", "add large");
  git("work", "commit -q -m large");
  git("work", "push -q origin HEAD:large");
  fetcher();
  const auto fetched = directory_ / "tmp";
  if (::mount("tmpfs", fetched.c_str(), "tmpfs", 0, "size=36m") != 0)
    GTEST_SKIP() << "cannot mount a small disk: " << std::strerror(errno);
  const auto full = failureOf(spec("large"));
  const auto small = failureOf(spec("main", 1));
  ::umount2(fetched.c_str(), MNT_DETACH);
  EXPECT_TRUE(full.starts_with("host: cannot keep what is fetched in ")) << full;
  EXPECT_TRUE(full.ends_with(": the disk is full but for the 32 MB kept free")) << full;
  EXPECT_EQ(small, "");
  EXPECT_EQ(failureOf(spec("large")), "");
}

TEST_F(GitSourceTest, CredentialsOpenAPrivateRepositoryAndAreInNoMessageAndNoConfig) {
  fill();
  auto asked = spec("main", 0, "/private/app.git");
  EXPECT_EQ(failureOf(asked),
            "CLIENT_ERROR: authentication required for primary source and source version main");
  asked.credentials = GitCredentials{"kiln", "wrong-secret"};
  EXPECT_EQ(failureOf(asked),
            "CLIENT_ERROR: authorization failed for primary source and source version main");
  asked.credentials = GitCredentials{"kiln", "secret"};
  EXPECT_EQ(in(unpackedOf(asked), "rev-parse HEAD"), third_);
  asked.credentials.reset();
  asked.location.insert(7, "kiln:secret@");
  const auto tree = unpackedOf(asked);
  EXPECT_EQ(in(tree, "rev-parse HEAD"), third_);
  EXPECT_EQ(fileText(tree / ".git/config").find("secret"), std::string::npos);
  asked.location.insert(asked.location.find("/app"), "/broken");
  EXPECT_EQ(failureOf(asked).find("secret"), std::string::npos);
}

TEST_F(GitSourceTest, CredentialsGoAlongToNoOtherHost) {
  fill();
  const auto port = base_.substr(base_.rfind(':') + 1);
  auto asked = spec("main", 0, "/away/" + port + "/private/app.git");
  asked.credentials = GitCredentials{"kiln", "secret"};
  EXPECT_EQ(in(unpackedOf(asked), "rev-parse HEAD"), third_);
  asked.location = "http://localhost:" + port + "/away/" + port + "/private/app.git";
  EXPECT_EQ(failureOf(asked),
            "CLIENT_ERROR: authentication required for primary source and source version main");
  asked.location = "http://localhost:" + port + "/away/" + port + "/open/app.git";
  EXPECT_EQ(in(unpackedOf(asked), "rev-parse HEAD"), third_);
}

TEST_F(GitSourceTest, AServerThatFailsIsNamed) {
  fill();
  EXPECT_EQ(failureOf(spec("main", 0, "/broken/app.git")),
            "CLIENT_ERROR: unexpected client error: unexpected requesting \"" + base_ +
                "/broken/app.git/info/refs?service=git-upload-pack\" status code: 500 for primary "
                "source and source version main");
  EXPECT_NE(failureOf(spec("main", 0, "/text/app.git")).find("is not one of git's smart protocol"),
            std::string::npos);
  EXPECT_NE(failureOf(spec("main", 0, "/cut/app.git")).find("CLIENT_ERROR: "), std::string::npos);
  auto nobody = spec("main");
  nobody.location = "http://127.0.0.1:1/app.git";
  EXPECT_NE(
      failureOf(nobody).find(
          "CLIENT_ERROR: Get \"http://127.0.0.1:1/app.git/info/refs?service=git-upload-pack\": "),
      std::string::npos);
  for (const auto& url : std::vector<std::string>{"git@github.com:a/b.git", "file:///etc",
                                                  "ssh://git@host/a", "ext::sh -c x"}) {
    nobody.location = url;
    EXPECT_NE(failureOf(nobody).find("is not one of https or http"), std::string::npos) << url;
  }
}

TEST_F(GitSourceTest, CodeCommitIsAskedWhereItIs) {
  git("", "init -q --bare -b main served/v1.git");
  std::filesystem::create_directories(directory_ / "served/v1/repos");
  fill();
  git("", "clone -q --bare served/app.git served/v1/repos/my-app");
  endpoint_ = base_ + "/";
  SourceSpec asked{.identifier = {},
                   .type = "CODECOMMIT",
                   .location = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/my-app",
                   .version = {},
                   .credentials = {}};
  const auto tree = unpackedOf(asked);
  EXPECT_EQ(in(tree, "rev-parse HEAD"), third_);
  EXPECT_EQ(in(tree, "config remote.origin.url"), asked.location);
  asked.location = "http://some.where:99/v1/repos/my-app";
  EXPECT_EQ(in(unpackedOf(asked), "rev-parse HEAD"), third_);
  asked.location = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/other";
  EXPECT_EQ(failureOf(asked),
            "CLIENT_ERROR: repository not found for primary source and source version ");
}

TEST_F(GitSourceTest, KilnsOwnServerBeingAwayIsNotTheBuildsFault) {
  endpoint_ = "http://127.0.0.1:1";
  SourceSpec asked{.identifier = {},
                   .type = "CODECOMMIT",
                   .location = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/my-app",
                   .version = {},
                   .credentials = {}};
  auto source = fetch(asked);
  ASSERT_FALSE(source.ok());
  EXPECT_FALSE(source.error().context);
  EXPECT_TRUE(source.error().error.retryable());
}

TEST_F(GitSourceTest, ModesLinksAndLineEndsAreThoseOfACheckout) {
  const auto work = directory_ / "work";
  std::ofstream(work / "run.sh") << "#!/bin/sh\n";
  std::filesystem::permissions(work / "run.sh", std::filesystem::perms(0755));
  std::filesystem::create_symlink("run.sh", work / "link");
  std::filesystem::create_symlink("/usr/bin/env", work / "outside");
  std::ofstream(work / ".gitattributes") << "*.bat text eol=crlf\n*.id ident\n";
  std::ofstream(work / "go.bat") << "a\nb\n";
  std::ofstream(work / "x.id") << "$Id$\n";
  commit(
      "\xc3\xa4 b/\xff"
      "c\td",
      "odd name");
  git("work", "push -q origin main");
  const auto tree = unpackedOf(spec());
  struct stat seen {};
  ASSERT_EQ(lstat((tree / "run.sh").c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 07777, 0755U);
  EXPECT_EQ(seen.st_mtime, toUnixMillis(clock_.now()) / 1000);
  ASSERT_EQ(lstat((tree / ".gitattributes").c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 07777, 0644U);
  EXPECT_EQ(std::filesystem::read_symlink(tree / "link"), "run.sh");
  EXPECT_EQ(std::filesystem::read_symlink(tree / "outside"), "/usr/bin/env");
  EXPECT_EQ(fileText(tree / "go.bat"), "a\r\nb\r\n");
  EXPECT_TRUE(fileText(tree / "x.id").starts_with("$Id: "));
  EXPECT_EQ(in(tree, "status --porcelain"), "");
}

TEST_F(GitSourceTest, SubmodulesComeWithTheirRepositoriesRecursively) {
  git("", "init -q --bare -b main served/leaf.git");
  git("", "clone -q served/leaf.git leaf");
  const auto leaf = commit("leaf.txt", "leaf", "leaf");
  git("leaf", "push -q origin main");
  commit("leaf.txt", "newer", "leaf");
  git("leaf", "push -q origin main");
  git("", "init -q --bare -b main served/lib.git");
  git("", "clone -q served/lib.git lib");
  git("lib", "submodule --quiet add '" + (directory_ / "served/leaf.git").string() + "' deps/leaf");
  git("lib/deps/leaf", "checkout -q " + leaf);
  git("lib", "config -f .gitmodules submodule.deps/leaf.url ../leaf.git");
  commit("lib.txt", "lib", "lib");
  git("lib", "push -q origin main");
  git("work", "submodule --quiet add --name 'the lib' '" +
                  (directory_ / "served/lib.git").string() + "' third/lib");
  git("work", "config -f .gitmodules 'submodule.the lib.url' ../lib.git");
  commit("app.txt", "app");
  git("work", "push -q origin main");

  auto asked = spec("", 1);
  EXPECT_TRUE(std::filesystem::is_empty(unpackedOf(asked) / "third/lib"));
  asked.fetchSubmodules = true;
  const auto tree = unpackedOf(asked);
  EXPECT_EQ(fileText(tree / "third/lib/deps/leaf/leaf.txt"), "leaf");
  EXPECT_EQ(in(tree / "third/lib/deps/leaf", "rev-parse HEAD"), leaf);
  EXPECT_EQ(in(tree, "status --porcelain"), "");
  EXPECT_EQ(in(tree, "submodule status --recursive | cut -c1"), " \n ");
  EXPECT_EQ(in(tree, "rev-list --count HEAD"), "1");
}

TEST_F(GitSourceTest, AStopEndsTheFetchAndLeavesNothing) {
  fill();
  stop_.request_stop();
  EXPECT_NE(failureOf(spec()).find("was stopped"), std::string::npos);
}

TEST_F(GitSourceTest, WhatUnfoldsToTooMuchIsRefused) {
  fill();
  limits_.maxFiles = 3;
  EXPECT_EQ(failureOf(spec("main")),
            "CLIENT_ERROR: the repository has more than the 3 files a source may have for primary "
            "source and source version main");
}

TEST_F(GitSourceTest, NamesThatNoCheckoutMayMakeAreRefused) {
  fill();
  const auto blob = git("work", "hash-object -w buildspec.yml");
  for (const auto& name : std::vector<std::string>{"..", ".git", ".GIT", "."}) {
    const auto raw = (directory_ / "raw").string();
    shell("printf '100644 " + name + "\\0' > '" + raw + "' && printf " + blob +
          " | xxd -r -p >> '" + raw + "'");
    const auto id = git("work", "hash-object -t tree -w --literally '" + raw + "'");
    const auto made = git("work", "commit-tree -m bad " + id);
    git("work", "push -q -f origin " + made + ":refs/heads/bad");
    EXPECT_EQ(failureOf(spec("bad")), "CLIENT_ERROR: the repository has the invalid path \"" +
                                          name + "\" for primary source and source version bad");
  }
}

}  // namespace
}  // namespace kiln::runtime
