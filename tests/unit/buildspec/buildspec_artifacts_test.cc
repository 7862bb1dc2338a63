// The section `artifacts`: what is read of it, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/buildspec/buildspec.h"

namespace kiln::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kBefore = "version: 0.2\nphases: {build: }\n";

BuildspecArtifacts artifactsOf(const std::string& section) {
  const auto spec = parseBuildspec(kBefore + section);
  EXPECT_TRUE(spec.ok()) << spec.error().message;
  if (!spec.ok() || !spec->artifacts) return {};
  EXPECT_THAT(spec->warnings, IsEmpty());
  return *spec->artifacts;
}

std::string artifactsRefused(const std::string& section) {
  const auto spec = parseBuildspec(kBefore + section);
  return spec.ok() ? "accepted" : spec.error().message;
}

TEST(BuildspecArtifactsTest, EveryKeyOfBothKindsIsRead) {
  const BuildspecArtifacts read = artifactsOf(R"(artifacts:
  files: ["**/*", sub/my.jar]
  name: app-$(date +%F)
  discard-paths: yes
  base-directory: 'target-*'
  exclude-paths: "**/.*"
  enable-symlinks: on
  s3-prefix: nightly
  secondary-artifacts:
    second:
      files: [b]
      name: 7
      discard-paths: no
      base-directory: $OUT
      exclude-paths: [x, y]
      enable-symlinks: false
      s3-prefix: other
    first: {files: [a]}
)");
  const BuildspecArtifact primary{
      "", {"**/*", "sub/my.jar"}, "app-$(date +%F)", "target-*", {"**/.*"}, "nightly", true, true};
  EXPECT_EQ(read.primary, primary);
  const BuildspecArtifact second{"second", {"b"}, "7", "$OUT", {"x", "y"}, "other", false, false};
  const BuildspecArtifact first{"first", {"a"}, "", "", {}, "", false, false};
  EXPECT_THAT(read.secondary, ElementsAre(second, first));
}

TEST(BuildspecArtifactsTest, YesAndNoAreThoseOfYaml11) {
  for (const char* yes : {"yes", "Yes", "true", "TRUE", "on", "y", "\"yes\"", "1"}) {
    EXPECT_TRUE(artifactsOf("artifacts: {files: [a], discard-paths: " + std::string(yes) + "}\n")
                    .primary.discardPaths)
        << yes;
  }
  for (const char* no : {"no", "No", "false", "off", "n", "'no'", "0", "~", ""}) {
    EXPECT_FALSE(artifactsOf("artifacts: {files: [a], discard-paths: " + std::string(no) + "}\n")
                     .primary.discardPaths)
        << no;
  }
}

TEST(BuildspecArtifactsTest, ASectionWithoutValueIsNone) {
  for (const char* section : {"", "artifacts:\n", "artifacts: ~\n"}) {
    EXPECT_FALSE(parseBuildspec(kBefore + section)->artifacts.has_value()) << section;
  }
}

TEST(BuildspecArtifactsTest, FilesMayBeMissingBesideSecondaryOnes) {
  const auto read = artifactsOf("artifacts: {secondary-artifacts: {one: {files: [a]}, two: }}\n");
  EXPECT_THAT(read.primary.files, IsEmpty());
  ASSERT_EQ(read.secondary.size(), 2U);
  EXPECT_THAT(read.secondary[0].files, ElementsAre("a"));
  EXPECT_THAT(read.secondary[1].files, IsEmpty());
}

TEST(BuildspecArtifactsTest, WrongTypesAreToldWithKeyAndLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"artifacts: [a]\n",
       "Expected Artifacts to be of mapping type: found list instead at line 3"},
      {"artifacts:\n  files: '**/*'\n",
       "Expected Files to be of list type: found string instead at line 4"},
      {"artifacts:\n  files:\n    - a\n    - b: c\n",
       "Expected Files[1] to be of string type: found subkeys instead at line 6, value of the key "
       "tag on line 5 might be empty"},
      {"artifacts:\n  files: [[a]]\n",
       "Expected Files[0] to be of string type: found list instead at line 4"},
      {"artifacts:\n  name: [a]\n",
       "Expected Name to be of string type: found list instead at line 4"},
      {"artifacts:\n  base-directory: {a: b}\n",
       "Expected Base-directory to be of string type: found subkeys instead at line 4"},
      {"artifacts:\n  exclude-paths: {a: b}\n",
       "Expected Exclude-paths to be of list type: found subkeys instead at line 4"},
      {"artifacts:\n  discard-paths: maybe\n",
       "Expected Discard-paths to be of boolean type: found string instead at line 4"},
      {"artifacts:\n  enable-symlinks: [yes]\n",
       "Expected Enable-symlinks to be of boolean type: found list instead at line 4"},
      {"artifacts:\n  s3-prefix: [a]\n",
       "Expected S3-prefix to be of string type: found list instead at line 4"},
      {"artifacts:\n  secondary-artifacts: [a]\n",
       "Expected Secondary-artifacts to be of mapping type: found list instead at line 4"},
      {"artifacts:\n  secondary-artifacts:\n    one: a\n",
       "Expected Secondary-artifacts[one] to be of mapping type: found string instead at line 5"},
      {"artifacts: {files: [\"a\\0b\"]}\n", "Files[0] on line 3 holds a NUL character"},
  };
  for (const auto& [section, message] : cases) {
    EXPECT_EQ(artifactsRefused(section), message) << section;
  }
}

TEST(BuildspecArtifactsTest, AliasesThatRepeatAListWithoutEndAreRefused) {
  std::string section = "artifacts:\n  secondary-artifacts:\n    a: &a {files: [";
  for (int i = 0; i < 20'000; ++i) section += "f" + std::to_string(i) + ", ";
  section += "]}\n";
  for (int i = 0; i < 20'000; ++i) section += "    a" + std::to_string(i) + ": *a\n";
  EXPECT_EQ(artifactsRefused(section), "the values of the buildspec add up to more than 16 MiB");
}

}  // namespace
}  // namespace kiln::runtime
