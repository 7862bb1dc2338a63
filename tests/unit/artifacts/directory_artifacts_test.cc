// Artifacts as files of this host: what is there afterwards, what of before it stays, and that a hostile tree writes nothing outside.
#include "runtime/artifacts/directory_artifacts.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <sstream>

#include "tests/unit/artifacts/staged_container.h"

namespace kiln::runtime {
namespace {

namespace fs = std::filesystem;

class DirectoryArtifactsTest : public testing::Test {
 protected:
  DirectoryArtifactsTest() {
    std::string name = (fs::temp_directory_path() / "kiln-artifacts-XXXXXX").string();
    root_ = mkdtemp(name.data());
    std::ofstream(root_ / "canary") << "alive";
    build_.id = {{"000000000000", "us-east-1"}, "p", "0b0c9b52-0000-4000-8000-000000000001"};
    build_.spec.artifacts = {{}, {.identifier = "docs"}};
  }
  ~DirectoryArtifactsTest() override { fs::remove_all(root_); }

  fs::path out() const { return root_ / "out"; }
  Result<UploadedArtifacts> upload(const CollectedArtifacts& collected) {
    DirectoryArtifacts artifacts(container_, out());
    return artifacts.upload(build_, collected, stop_.get_token(), [](const std::string&) {});
  }
  // "" when it worked.
  std::string uploaded(std::vector<StagedEntry> entries) {
    container_.stage("/staged", std::move(entries));
    const auto done = upload({{"", "/staged", "", "", 1}});
    if (!done.ok()) return "error: " + done.error().message;
    return done->failure ? done->failure->statusCode + ": " + done->failure->message : "";
  }
  // Path to content, "-> target" of a link, "/" of a directory; of everything below the root.
  std::map<std::string, std::string> tree() const {
    std::map<std::string, std::string> all;
    for (const auto& at : fs::recursive_directory_iterator(root_)) {
      std::ostringstream text;
      if (at.is_symlink()) {
        text << "-> " << fs::read_symlink(at.path()).string();
      } else if (at.is_directory()) {
        text << "/";
      } else {
        text << std::ifstream(at.path()).rdbuf();
      }
      all[at.path().lexically_relative(root_).string()] = text.str();
    }
    return all;
  }
  static struct stat seen(const fs::path& path) {
    struct stat about {};
    EXPECT_EQ(::lstat(path.c_str(), &about), 0) << path;
    return about;
  }

  fs::path root_;
  Build build_;
  StagedContainer container_;
  std::stop_source stop_;
};

using Tree = std::map<std::string, std::string>;

TEST_F(DirectoryArtifactsTest, FilesLinksModesAndTimesAreAsTheBuildMadeThem) {
  EXPECT_EQ(uploaded({{"sub", 'd', "", 0500},
                      {"sub/run", 'f', "#!", 0755},
                      {"again", 'h', "sub/run", 0755},
                      {"link", 'l', "/etc/passwd"},
                      {"big", 'f', std::string(3'000'000, 'x'), 0640}}),
            "");
  EXPECT_EQ(tree(), (Tree{{"canary", "alive"},
                          {"out", "/"},
                          {"out/again", "#!"},
                          {"out/big", std::string(3'000'000, 'x')},
                          {"out/link", "-> /etc/passwd"},
                          {"out/sub", "/"},
                          {"out/sub/run", "#!"}}));
  EXPECT_EQ(seen(out() / "sub").st_mode & 07777, 0500U);
  EXPECT_EQ(seen(out() / "sub").st_mtime, 1'600'000'000);
  EXPECT_EQ(seen(out() / "sub/run").st_mode & 07777, 0755U);
  EXPECT_EQ(seen(out() / "big").st_mode & 07777, 0640U);
  EXPECT_EQ(seen(out() / "big").st_mtime, 1'600'000'000);
  EXPECT_EQ(seen(out() / "again").st_ino, seen(out() / "sub/run").st_ino);
  fs::permissions(out() / "sub", fs::perms::owner_all);  // so that it goes with the test
}

TEST_F(DirectoryArtifactsTest, NothingRunsAsSomebodyElseBecauseOfItsMode) {
  EXPECT_EQ(uploaded({{"d", 'd', "", 07775}, {"d/run", 'f', "#!", 06755}}), "");
  EXPECT_EQ(seen(out() / "d").st_mode & 07777, 0775U);
  EXPECT_EQ(seen(out() / "d/run").st_mode & 07777, 0755U);
}

TEST_F(DirectoryArtifactsTest, WhatIsThereIsReplacedFileByFileAndTheRestStays) {
  fs::create_directories(out() / "sub");
  std::ofstream(out() / "mine") << "kept";
  std::ofstream(out() / "new") << "old, and longer";
  fs::create_symlink(root_ / "canary", out() / "link");
  for (int i = 0; i < 2; ++i) {  // again is harmless
    EXPECT_EQ(uploaded({{"new", 'f', "n"},
                        {"link", 'f', "l"},
                        {"sub", 'd'},
                        {"sub/x", 'l', "y"},
                        {"hard", 'h', "new"}}),
              "");
    EXPECT_EQ(tree(), (Tree{{"canary", "alive"},
                            {"out", "/"},
                            {"out/hard", "n"},
                            {"out/link", "l"},
                            {"out/mine", "kept"},
                            {"out/new", "n"},
                            {"out/sub", "/"},
                            {"out/sub/x", "-> y"}}));
  }
}

TEST_F(DirectoryArtifactsTest, SecondaryArtifactsHaveDirectoriesOfTheirOwn) {
  container_.stage("/one", {{"a", 'f', "1"}});
  container_.stage("/two", {{"a", 'f', "2"}});
  const auto done = upload({{"", "/one", "name", "prefix", 1}, {"docs", "/two", "", "", 1}});
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->artifacts,
            (std::vector<UploadedArtifact>{{"", out().string(), "", ""},
                                           {"docs", (out() / "docs").string(), "", ""}}));
  EXPECT_EQ(tree(), (Tree{{"canary", "alive"},
                          {"out", "/"},
                          {"out/a", "1"},
                          {"out/docs", "/"},
                          {"out/docs/a", "2"}}));
}

struct HostileRow {
  const char* given;
  std::vector<StagedEntry> entries;
};

class HostileTreeTest : public DirectoryArtifactsTest,
                        public testing::WithParamInterface<HostileRow> {};

// A secondary artifact comes after it.
TEST_P(HostileTreeTest, NothingIsWrittenOutside) {
  container_.stage("/staged", GetParam().entries);
  container_.stage("/docs", {{"canary", 'f', "dead"}});
  const auto done = upload({{"", "/staged", "", "", 1}, {"docs", "/docs", "", "", 1}});
  ASSERT_TRUE(done.ok() && done->failure);
  const auto failure = done->failure->statusCode + ": " + done->failure->message;
  EXPECT_TRUE(failure.starts_with("CLIENT_ERROR: ")) << GetParam().given << ": " << failure;
  auto left = tree();
  EXPECT_EQ(left["canary"], "alive");
  for (const auto& [path, content] : left) {
    EXPECT_TRUE(path == "canary" || path.starts_with("out")) << path;
    EXPECT_EQ(path.find(".kiln-"), std::string::npos) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, HostileTreeTest,
    testing::Values(
        HostileRow{"up", {{"../canary", 'f', "dead"}}},
        HostileRow{"up from below", {{"a/../../canary", 'f', "dead"}}},
        HostileRow{"through a link", {{"a", 'l', ".."}, {"a/canary", 'f', "dead"}}},
        HostileRow{"a directory over a link",
                   {{"a", 'l', ".."}, {"a", 'd'}, {"a/canary", 'f', "dead"}}},
        HostileRow{"a hard link out", {{"a", 'h', "../canary"}}},
        HostileRow{"a hard link through a link", {{"a", 'l', ".."}, {"b", 'h', "a/canary"}}},
        HostileRow{"a link named as a secondary artifact", {{"docs", 'l', ".."}}},
        HostileRow{"a file named as a secondary artifact", {{"docs", 'f', "x"}}},
        HostileRow{"a file over a directory", {{"a", 'd'}, {"a/b", 'f', "x"}, {"a", 'f', "x"}}}));

TEST_F(DirectoryArtifactsTest, AnIdentifierThatIsAPathOrThatTheBuildDoesNotHaveIsRefused) {
  container_.stage("/one", {{"canary", 'f', "dead"}});
  for (const char* path : {"..", ".", "a/b"}) {
    build_.spec.artifacts.push_back({.identifier = path});
    const auto done = upload({{path, "/one", "", "", 1}});
    ASSERT_TRUE(done.ok() && done->failure) << path;
    EXPECT_EQ(done->failure->message,
              "the artifact identifier \"" + std::string(path) + "\" is no name of a directory");
  }
  const auto done = upload({{"other", "/one", "", "", 1}});
  ASSERT_TRUE(done.ok() && done->failure);
  EXPECT_EQ(done->failure->message, "the build has no artifact of the identifier \"other\"");
  EXPECT_EQ(tree(), (Tree{{"canary", "alive"}}));
}

TEST_F(DirectoryArtifactsTest, AStreamThatBreaksIsAnErrorAndLeavesNoHalfFile) {
  container_.stage("/staged", {{"a", 'f', std::string(1'000'000, 'x')}});
  container_.breakAfter(500'000, {Code::kUnavailable, "the engine went away"});
  const auto done = upload({{"", "/staged", "", "", 1}});
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, Code::kUnavailable);
  EXPECT_EQ(tree(), (Tree{{"canary", "alive"}, {"out", "/"}}));
}

TEST_F(DirectoryArtifactsTest, APlaceThatCannotBeMadeFailsThePhase) {
  std::ofstream(out()) << "a file";
  const auto failure = uploaded({{"a", 'f', "x"}});
  EXPECT_TRUE(failure.starts_with("CLIENT_ERROR: cannot ")) << failure;
}

}  // namespace
}  // namespace kiln::runtime
