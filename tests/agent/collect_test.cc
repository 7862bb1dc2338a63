// UPLOAD_ARTIFACTS: which files an artifact has, and what the log says of them (facts §1.7, §1.10, §4.2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/collecting.h"

namespace kiln::agent {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

using Paths = std::vector<std::string>;

ArtifactToCollect artifactOf(Paths files, std::string baseDirectory = "") {
  ArtifactToCollect artifact;
  artifact.files = std::move(files);
  artifact.baseDirectory = std::move(baseDirectory);
  return artifact;
}

TEST(AgentCollect, LogRecordAndStagingTreeAreThoseOfTheFacts) {
  Collecting build;
  build.files({"dist/a.txt", "dist/sub/b.txt", "other/c.txt"});
  auto primary = artifactOf({"**/*", "gone/x.zip"});
  auto docs = artifactOf({"*"}, "other");
  docs.identifier = "docs";
  docs.s3Prefix = "p/q r";
  build.collect({primary, docs});
  EXPECT_EQ(build.log(),
            "[Container] Expanding base directory path: .\n"
            "[Container] Assembling file list\n"
            "[Container] Expanding .\n"
            "[Container] Expanding file paths for base directory .\n"
            "[Container] Assembling file list\n"
            "[Container] Expanding **/*\n"
            "[Container] Expanding gone/x.zip\n"
            "[Container] Skipping invalid file path gone/x.zip\n"
            "[Container] Found 3 file(s)\n"
            "[Container] Preparing to copy secondary artifacts docs\n"
            "[Container] Expanding base directory path: other\n"
            "[Container] Assembling file list\n"
            "[Container] Expanding other\n"
            "[Container] Expanding file paths for base directory other\n"
            "[Container] Assembling file list\n"
            "[Container] Expanding *\n"
            "[Container] Found 1 file(s)\n");
  EXPECT_THAT(build.collectedFields(),
              ElementsAre("", build.staged(0).string(), "", "", "3", "docs",
                          build.staged(1).string(), "", "p/q r", "1"));
  EXPECT_EQ(build.outcome(), "SUCCEEDED");
  EXPECT_THAT(build.stagedPaths(0), ElementsAre("dist/a.txt", "dist/sub/b.txt", "other/c.txt"));
  EXPECT_THAT(build.stagedPaths(1), ElementsAre("c.txt"));
  EXPECT_EQ(contentOf(build.staged(0) / "dist/sub/b.txt"), "dist/sub/b.txt");
}

TEST(AgentCollect, WithNothingToCollectTheRecordIsEmptyAndNothingIsSaid) {
  Collecting build;
  build.collect({});
  ASSERT_EQ(build.records().size(), 3U);
  EXPECT_EQ(build.records()[1].type, RecordType::kArtifacts);
  EXPECT_EQ(build.records()[1].payload, "");
  EXPECT_EQ(build.outcome(), "SUCCEEDED");
  EXPECT_EQ(build.log(), "");
}

struct CollectRow {
  Paths files;
  Paths tree;
  Paths staged;
  std::string base = "";
  Paths excluded = {};
  bool discard = false;
};

void PrintTo(const CollectRow& row, std::ostream* out) {
  for (const auto& file : row.files) *out << file << ' ';
  *out << "in " << row.base;
}

class AgentCollectRow : public testing::TestWithParam<CollectRow> {};

TEST_P(AgentCollectRow, StagesWhatThePatternsMatch) {
  const CollectRow& row = GetParam();
  Collecting build;
  build.files(row.tree);
  auto artifact = artifactOf(row.files, row.base);
  artifact.excludePaths = row.excluded;
  artifact.discardPaths = row.discard;
  build.collect({artifact});
  EXPECT_THAT(build.stagedPaths(), ElementsAreArray(row.staged)) << build.log();
  EXPECT_EQ(build.outcome(), row.staged.empty() ? "no matching artifact paths found" : "SUCCEEDED");
}

INSTANTIATE_TEST_SUITE_P(
    Patterns, AgentCollectRow,
    testing::Values(
        CollectRow{{"my-file.jar"}, {"my-file.jar", "sub/my-file.jar"}, {"my-file.jar"}},
        CollectRow{{"sub/my-file.jar"}, {"my-file.jar", "sub/my-file.jar"}, {"sub/my-file.jar"}},
        CollectRow{{"**/*"}, {"a", "b/c", "b/d/e"}, {"a", "b/c", "b/d/e"}},
        CollectRow{{"**"}, {"a", "b/d/e"}, {"a", "b/d/e"}}, CollectRow{{"*"}, {"a", "b/c"}, {"a"}},
        CollectRow{{"sub/*"}, {"sub/a", "sub/b/c"}, {"sub/a"}},
        CollectRow{{"sub/**/*"}, {"sub/a", "sub/b/c", "d"}, {"sub/a", "sub/b/c"}},
        CollectRow{{"sub/**"}, {"sub/a", "sub/b/c", "d"}, {"sub/a", "sub/b/c"}},
        CollectRow{{"**/*.jar"}, {"a.jar", "b/c.jar", "b/c.war"}, {"a.jar", "b/c.jar"}},
        CollectRow{{"**/lib/*"}, {"lib/a", "x/lib/b", "x/lib/y/c"}, {"lib/a", "x/lib/b"}},
        CollectRow{{"./a", ".//b/./c"}, {"a", "b/c"}, {"a", "b/c"}},
        CollectRow{{"?.txt"}, {"a.txt", "ab.txt", "é.txt"}, {"a.txt", "é.txt"}},
        CollectRow{{"[a-c].txt"}, {"a.txt", "d.txt"}, {"a.txt"}},
        CollectRow{{"[^a-c].txt", "[!a-c].bin"}, {"a.txt", "d.txt", "d.bin"}, {"d.bin", "d.txt"}},
        CollectRow{{"A"}, {"a"}, {}},
        CollectRow{{"**/*"}, {".git/config", ".env"}, {".env", ".git/config"}},
        CollectRow{{"*.js"}, {".js", "a.js"}, {".js", "a.js"}},
        CollectRow{{"\\*", "\\$HOME"}, {"*", "a", "$HOME"}, {"$HOME", "*"}},
        CollectRow{{"dir"}, {"dir/a"}, {}}, CollectRow{{"dir/"}, {"dir/a"}, {}},
        CollectRow{{"[a"}, {"[a", "a"}, {}}, CollectRow{{""}, {"a"}, {}},
        CollectRow{{"a b/*"}, {"a b/c d\n"}, {"a b/c d\n"}},
        CollectRow{{"gone", "a", "a", "*"}, {"a"}, {"a"}}));

INSTANTIATE_TEST_SUITE_P(
    BaseDirectories, AgentCollectRow,
    testing::Values(
        CollectRow{{"**/*"}, {"dist/a", "dist/b/c", "d"}, {"a", "b/c"}, "dist"},
        CollectRow{{"**/*"}, {"x/dist/a"}, {"a"}, "./x//dist/"},
        CollectRow{
            {"**/*"}, {"my-build1/a", "my-build2/b/c", "my-other/d"}, {"a", "b/c"}, "my-build*"},
        CollectRow{{"*"}, {"p/one/target/a", "p/two/target/b"}, {"a", "b"}, "**/target"},
        CollectRow{{"a"}, {"my-build1/b", "my-build2/a"}, {"a"}, "my-build*"},
        CollectRow{{"../lib/*"}, {"dist/a", "lib/b"}, {"lib/b"}, "dist"}));

INSTANTIATE_TEST_SUITE_P(
    Excluded, AgentCollectRow,
    testing::Values(
        CollectRow{{"**/*"},
                   {"a", "x/name/b", "name/c", "x/named/d"},
                   {"a", "x/named/d"},
                   "",
                   {"**/name/**/*"}},
        CollectRow{
            {"**/*"}, {".git/config", "x/.y/z/w", ".env", "a"}, {".env", "a"}, "", {"**/.*/**/*"}},
        CollectRow{{"**/*"}, {".env", "x/.env", "x/a"}, {"x/a"}, "", {"**/.*"}},
        CollectRow{{"**/*"},
                   {"dist/a.map", "dist/b", "dist/c/d.map"},
                   {"b", "c/d.map"},
                   "dist",
                   {"*.map"}},
        CollectRow{{"**/*"}, {"a", "b", "c"}, {"c"}, "", {"a", "./b"}},
        CollectRow{{"**/*"}, {"a"}, {}, "", {"**/*"}}));

INSTANTIATE_TEST_SUITE_P(Discarded, AgentCollectRow,
                         testing::Values(CollectRow{
                             {"**/*"}, {"a/b/c", "d"}, {"c", "d"}, "", {}, true}));

TEST(AgentCollect, OfTwoFilesWithOnePathTheLaterOneCounts) {
  Collecting build;
  build.files({"a/x", "b/x", "c1/y", "c2/y"});
  auto flat = artifactOf({"b/x", "a/x"});
  flat.discardPaths = true;
  build.collect({flat, artifactOf({"*"}, "c*")});
  EXPECT_EQ(contentOf(build.staged(0) / "x"), "a/x");
  EXPECT_EQ(contentOf(build.staged(1) / "y"), "c2/y");
  EXPECT_THAT(build.log(), HasSubstr("Found 1 file(s)\n[Container] Expanding base directory"));
}

TEST(AgentCollect, AbsolutePathsKeepWhatIsBelowTheBaseOrAllOfIt) {
  Collecting build;
  build.files({"dist/a", "dist/b/c", "report.xml"});
  const std::string work = build.work().string();
  auto artifact = artifactOf({work + "/dist/**/*", work + "/report.xml"}, work + "/dist");
  artifact.excludePaths = {work + "/dist/b/*"};
  build.collect({artifact});
  EXPECT_THAT(build.stagedPaths(), ElementsAre("a", (work + "/report.xml").substr(1)));
}

TEST(AgentCollect, WhatIsNotThereFailsThePhase) {
  Collecting build;
  build.files({"a"});
  build.collect({artifactOf({"a"}), artifactOf({"a"}, "dist/*")});
  EXPECT_EQ(build.outcome(), "no matching base directory path found for dist/*");
  EXPECT_THAT(build.collectedFields(), IsEmpty());
  EXPECT_THAT(build.log(), testing::EndsWith("[Container] Expanding base directory path: dist/*\n"
                                             "[Container] Assembling file list\n"
                                             "[Container] Expanding dist/*\n"));
}

TEST(AgentCollect, OfASecondaryArtifactTheFailureSaysWhichOneItIs) {
  const std::vector<std::pair<ArtifactToCollect, std::string>> rows = {
      {artifactOf({"b"}), "no matching artifact paths found for secondary artifact s1"},
      {artifactOf({"a"}, "dist/*"),
       "no matching base directory path found for dist/* for secondary artifact s1"}};
  for (auto [artifact, why] : rows) {
    Collecting build;
    build.files({"a"});
    artifact.identifier = "s1";
    build.collect({artifactOf({"a"}), artifact});
    EXPECT_EQ(build.outcome(), why);
  }
}

TEST(AgentCollect, NothingThatMatchesEndsTheLogWithWhatWasSkipped) {
  Collecting build;
  build.files({"a"});
  build.collect({artifactOf({"b", "c/*"})});
  EXPECT_EQ(build.outcome(), "no matching artifact paths found");
  EXPECT_THAT(build.log(), testing::EndsWith("[Container] Expanding b\n"
                                             "[Container] Skipping invalid file path b\n"
                                             "[Container] Expanding c/*\n"
                                             "[Container] Skipping invalid file path c/*\n"));
}

}  // namespace
}  // namespace kiln::agent
