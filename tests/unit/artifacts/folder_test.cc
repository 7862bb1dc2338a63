// Artifacts that are not packed: an object for each file.
#include "runtime/artifacts/digests.h"
#include "tests/unit/artifacts/artifact_world.h"

namespace kiln::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FolderTest : public ArtifactTest {
 protected:
  FolderTest() { makeBucket("bucket"); }
  ArtifactOutput folder(std::string name) {
    return {.bucket = "bucket", .name = std::move(name), .packaging = "NONE"};
  }
};

TEST_F(FolderTest, EachFileIsAnObjectBelowTheKey) {
  container_.stage("/staged",
                   {{"a", 'd'}, {"a/b.txt", 'f', "b"}, {"c", 'f', "c"}, {"empty", 'f', ""}});
  const auto uploaded = uploadStaged(folder("out"));
  ASSERT_TRUE(uploaded.ok());
  EXPECT_THAT(uploaded->artifacts,
              ElementsAre(UploadedArtifact{"", "arn:aws:s3:::bucket/out", "", ""}));
  EXPECT_THAT(keysIn("bucket"), ElementsAre("out/a/b.txt", "out/c", "out/empty"));
  EXPECT_EQ(object("bucket", "out/a/b.txt"), "b");
  EXPECT_EQ(object("bucket", "out/empty"), "");
}

TEST_F(FolderTest, TheNameSlashIsTheRoot) {
  container_.stage("/staged", {{"a", 'd'}, {"a/b.txt", 'f', "b"}});
  auto inPath = folder("/");
  inPath.path = "p";
  ASSERT_TRUE(uploadStaged(inPath).ok());
  const auto root = uploadStaged(folder("/"));
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root->artifacts[0].location, "arn:aws:s3:::bucket/");
  EXPECT_THAT(keysIn("bucket"), ElementsAre("a/b.txt", "p/a/b.txt"));
}

TEST_F(FolderTest, ObjectsSayWhoseTheyAreAndWhatTheyHold) {
  container_.stage("/staged", {{"index.html", 'f', "<p>"}, {"data", 'f', "d"}});
  ASSERT_TRUE(uploadStaged(folder("site")).ok());
  EXPECT_EQ(headerOf("bucket", "site/index.html", "content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(headerOf("bucket", "site/data", "content-type"), "binary/octet-stream");
  EXPECT_EQ(headerOf("bucket", "site/data", "x-amz-meta-codebuild-content-md5"),
            digestsOf("d").md5);
  EXPECT_THAT(headerOf("bucket", "site/data", "x-amz-meta-codebuild-buildarn"),
              HasSubstr(kBuildUuid));
  EXPECT_EQ(headerOf("bucket", "site/data", "x-amz-server-side-encryption"), "aws:kms");
}

TEST_F(FolderTest, ManyFilesAndLargeOnesAreAllThere) {
  std::vector<StagedEntry> entries;
  for (int i = 0; i < 300; ++i)
    entries.push_back(
        {"f" + std::to_string(i), 'f', std::string(static_cast<std::size_t>(i) * 99, 'x')});
  entries.push_back({"large", 'f', noise(11'000'000)});
  entries.push_back({"larger", 'f', noise(5'000'000, 2)});
  container_.stage("/staged", entries);
  ASSERT_TRUE(uploadStaged(folder("/")).ok());
  EXPECT_EQ(keysIn("bucket").size(), 302U);
  EXPECT_EQ(object("bucket", "f299").size(), 299U * 99);
  EXPECT_TRUE(object("bucket", "large") == noise(11'000'000));
  EXPECT_EQ(headerOf("bucket", "larger", "x-amz-meta-codebuild-content-sha256"),
            digestsOf(noise(5'000'000, 2)).sha256);
}

TEST_F(FolderTest, LinksAreFollowedAndThoseThatLeadNowhereAreTold) {
  container_.stage("/staged", {{"d", 'd'},
                               {"d/file", 'f', "bytes"},
                               {"again", 'l', "d/other"},
                               {"d/other", 'l', "file"},
                               {"gone", 'l', "nothing"},
                               {"absolute", 'l', "/staged/d/file"},
                               {"loop", 'l', "loop"},
                               {"second", 'h', "d/file"},
                               {"todir", 'l', "d"}});
  ASSERT_TRUE(uploadStaged(folder("o")).ok());
  EXPECT_THAT(keysIn("bucket"),
              ElementsAre("o/absolute", "o/again", "o/d/file", "o/d/other", "o/second"));
  EXPECT_EQ(object("bucket", "o/again"), "bytes");
  EXPECT_EQ(object("bucket", "o/second"), "bytes");
  EXPECT_THAT(progress_, ElementsAre(HasSubstr("gone, a link that leads to nothing"),
                                     HasSubstr("loop, a link that leads to no file"),
                                     HasSubstr("todir, a link that leads to no file")));
}

TEST_F(FolderTest, AContainerThatGoesIsNoLinkThatLeadsNowhere) {
  container_.stage("/staged", {{"gone", 'l', "nothing"}});
  container_.setState(ContainerState::kAbsent);
  const auto uploaded = uploadStaged(folder("o"));
  ASSERT_FALSE(uploaded.ok());
  EXPECT_EQ(uploaded.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace kiln::runtime
