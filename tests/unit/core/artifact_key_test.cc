// Where artifacts lie (facts §1.7, §5.8).
#include "controller/core/artifact_key.h"

#include <gtest/gtest.h>

namespace kiln {
namespace {

const std::string kBuildUuid = "11111111-2222-4333-8444-555555555555";

struct KeyRow {
  const char* what;
  ArtifactOutput output;
  BuildspecNaming naming;
  std::string key;
};

TEST(ArtifactKey, FollowsPathNamespaceAndName) {
  const BuildId id{{"000000000000", "us-east-1"}, "my-build", kBuildUuid};
  const ArtifactOutput plain{.name = "n"};
  const ArtifactOutput byBuild{.path = "p", .namespaceType = "BUILD_ID", .name = "n"};
  const ArtifactOutput open{.path = "p", .name = "n", .overrideName = true};
  const std::vector<KeyRow> rows = {
      {"a name alone", plain, {}, "n"},
      {"no name: the project's", {}, {}, "my-build"},
      {"a path", {.path = "a/b", .name = "n.zip"}, {}, "a/b/n.zip"},
      {"slashes around a path", {.path = "//a/b/", .name = "/n/"}, {}, "a/b/n"},
      {"a path of slashes", {.path = "/", .name = "n"}, {}, "n"},
      {"by build", byBuild, {}, "p/" + kBuildUuid + "/n"},
      {"by build without a path",
       {.namespaceType = "BUILD_ID", .name = "n"},
       {},
       kBuildUuid + "/n"},
      {"namespace NONE", {.path = "p", .namespaceType = "NONE", .name = "n"}, {}, "p/n"},
      {"the root", {.name = "/"}, {}, ""},
      {"the root of a path", {.path = "p", .name = "/"}, {}, "p/"},
      {"the root of a build",
       {.path = "p", .namespaceType = "BUILD_ID", .name = "/"},
       {},
       "p/" + kBuildUuid + "/"},
      {"the buildspec's name where it does not count",
       plain,
       {.name = "mine", .s3Prefix = {}},
       "n"},
      {"the buildspec's name where it does",
       open,
       {.name = "mine-2026", .s3Prefix = {}},
       "p/mine-2026"},
      {"the buildspec's name with slashes",
       open,
       {.name = "/builds/7/x/", .s3Prefix = {}},
       "p/builds/7/x"},
      {"the buildspec's name is the root", open, {.name = "/", .s3Prefix = {}}, "p/"},
      {"no name in the buildspec", open, {}, "p/n"},
      {"neither name", {.overrideName = true}, {}, "my-build"},
      {"an s3-prefix without a namespace", open, {.name = {}, .s3Prefix = "x"}, "p/n"},
      {"an s3-prefix by build",
       byBuild,
       {.name = {}, .s3Prefix = "x/y/"},
       "x/y/" + kBuildUuid + "/n"},
      {"an empty s3-prefix", byBuild, {.name = {}, .s3Prefix = "/"}, "p/" + kBuildUuid + "/n"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(artifactKey(row.output, id, row.naming), row.key) << row.what;
}

TEST(ArtifactKey, LocationTakesABucketByNameOrArn) {
  EXPECT_EQ(artifactLocation("b", "k/l"), "arn:aws:s3:::b/k/l");
  EXPECT_EQ(artifactLocation("arn:aws:s3:::b", "k"), "arn:aws:s3:::b/k");
  EXPECT_EQ(artifactLocation("b", ""), "arn:aws:s3:::b/");
}

}  // namespace
}  // namespace kiln
