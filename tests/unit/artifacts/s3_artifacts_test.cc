// Zips in S3: keys, metadata, checksums, encryption, access, and that doing it again changes nothing.
#include "runtime/artifacts/s3_artifacts.h"

#include <fstream>

#include "runtime/artifacts/digests.h"
#include "tests/unit/artifacts/artifact_world.h"

namespace kiln::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class S3ArtifactsTest : public ArtifactTest {
 protected:
  S3ArtifactsTest() {
    makeBucket("bucket");
    container_.stage("/staged",
                     {{"dist", 'd'}, {"dist/app", 'f', "program", 0755}, {"notes", 'f', "n"}});
  }
  ArtifactOutput zip(std::string name = "app.zip") {
    return {.bucket = "bucket", .name = std::move(name), .packaging = "ZIP"};
  }
};

TEST_F(S3ArtifactsTest, AZipIsOneObjectWithItsChecksums) {
  const auto uploaded = uploadStaged(zip());
  ASSERT_TRUE(uploaded.ok()) << uploaded.error().message;
  const auto bytes = object("bucket", "app.zip");
  const auto digests = digestsOf(bytes);
  EXPECT_THAT(uploaded->artifacts, ElementsAre(UploadedArtifact{"", "arn:aws:s3:::bucket/app.zip",
                                                                digests.md5, digests.sha256}));
  EXPECT_EQ(uploaded->failure, std::nullopt);
  EXPECT_THAT(namesOf(entriesOfZip(bytes)), ElementsAre("dist/app", "notes"));
  EXPECT_EQ(headerOf("bucket", "app.zip", "content-type"), "application/zip");
  EXPECT_EQ(headerOf("bucket", "app.zip", "x-amz-meta-codebuild-content-md5"), digests.md5);
  EXPECT_EQ(headerOf("bucket", "app.zip", "x-amz-meta-codebuild-content-sha256"), digests.sha256);
  EXPECT_EQ(headerOf("bucket", "app.zip", "x-amz-meta-codebuild-buildarn"),
            "arn:aws:codebuild:eu-west-1:000000000000:build/p:" + kBuildUuid);
  EXPECT_THAT(spools(), IsEmpty());
}

TEST_F(S3ArtifactsTest, ObjectsAreEncryptedUnlessThatIsDisabled) {
  auto open = zip("open.zip");
  open.encryptionDisabled = true;
  ASSERT_TRUE(uploadStaged(zip()).ok());
  ASSERT_TRUE(uploadStaged(open).ok());
  EXPECT_EQ(headerOf("bucket", "app.zip", "x-amz-server-side-encryption"), "aws:kms");
  EXPECT_EQ(headerOf("bucket", "app.zip", "x-amz-server-side-encryption-aws-kms-key-id"),
            encryptionKey_);
  EXPECT_NE(headerOf("bucket", "open.zip", "x-amz-server-side-encryption"), "aws:kms");
}

TEST_F(S3ArtifactsTest, TheBucketsOwnerHasWhatTheProjectGives) {
  const auto grantsOf = [&](const std::string& access) {
    auto output = zip(access + ".zip");
    output.bucketOwnerAccess = access;
    EXPECT_TRUE(uploadStaged(output).ok());
    return s3("GET", "/bucket/" + access + ".zip", "", {{"acl", ""}}).body;
  };
  const auto own = grantsOf("NONE");
  EXPECT_THAT(own, HasSubstr("FULL_CONTROL"));
  EXPECT_FALSE(grantsOf("READ_ONLY").empty());
  EXPECT_FALSE(grantsOf("FULL").empty());
}

TEST_F(S3ArtifactsTest, EachArtifactOfABuildGoesToItsOwnPlace) {
  makeBucket("other");
  container_.stage("/second", {{"two", 'f', "2"}});
  const auto made =
      build({{.bucket = "bucket",
              .path = "p",
              .namespaceType = "BUILD_ID",
              .packaging = "ZIP",
              .overrideName = true},
             {.identifier = "docs", .bucket = "other", .name = "docs", .packaging = "NONE"},
             {.identifier = "unused", .bucket = "nowhere", .packaging = "ZIP"}});
  const auto uploaded = upload(made, {{"", "/staged", "named-7", "", 2},
                                      {"docs", "/second", "", "", 1},
                                      {"unknown", "/staged", "", "", 2}});
  ASSERT_TRUE(uploaded.ok());
  ASSERT_EQ(uploaded->artifacts.size(), 2U);
  EXPECT_EQ(uploaded->artifacts[0].location, "arn:aws:s3:::bucket/p/" + kBuildUuid + "/named-7");
  EXPECT_EQ(uploaded->artifacts[1], (UploadedArtifact{"docs", "arn:aws:s3:::other/docs", "", ""}));
  EXPECT_THAT(keysIn("bucket"), ElementsAre("p/" + kBuildUuid + "/named-7"));
  EXPECT_THAT(keysIn("other"), ElementsAre("docs/two"));
}

TEST_F(S3ArtifactsTest, WithoutACollectedArtifactNothingIsUploaded) {
  const auto uploaded = upload(build({zip()}), {});
  ASSERT_TRUE(uploaded.ok());
  EXPECT_THAT(uploaded->artifacts, IsEmpty());
  EXPECT_THAT(keysIn("bucket"), IsEmpty());
}

TEST_F(S3ArtifactsTest, DoingItAgainAfterACrashPutsNoSecondVersion) {
  s3("PUT", "/bucket",
     "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
     {{"versioning", ""}});
  const auto first = uploadStaged(zip());
  const auto version = headerOf("bucket", "app.zip", "x-amz-version-id");
  restart();
  const auto second = uploadStaged(zip());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  EXPECT_FALSE(version.empty());
  EXPECT_EQ(headerOf("bucket", "app.zip", "x-amz-version-id"), version);
}

TEST_F(S3ArtifactsTest, AnotherBuildsZipIsReplacedEvenByTheSameBytes) {
  ASSERT_TRUE(uploadStaged(zip()).ok());
  auto next = build({zip()});
  next.id.uuid = "99999999-2222-4333-8444-555555555555";
  ASSERT_TRUE(upload(next, {{"", "/staged", "", "", 2}}).ok());
  EXPECT_EQ(headerOf("bucket", "app.zip", "x-amz-meta-codebuild-buildarn"), next.id.arn());
}

TEST_F(S3ArtifactsTest, ALargeZipIsPutInOneRequestAndToldOf) {
  container_.stage("/staged", {{"noise", 'f', noise(20'000'000)}});
  const auto uploaded = uploadStaged(zip());
  ASSERT_TRUE(uploaded.ok());
  const auto bytes = object("bucket", "app.zip");
  EXPECT_EQ(digestsOf(bytes).sha256, uploaded->artifacts[0].sha256sum);
  EXPECT_EQ(headerOf("bucket", "app.zip", "etag"), "\"" + digestsOf(bytes).md5 + "\"");
  EXPECT_THAT(progress_, ElementsAre("Artifact bucket/app.zip: uploading 19 MiB"));
}

TEST_F(S3ArtifactsTest, AnS3ElsewhereGetsALargeZipInParts) {
  container_.stage("/staged", {{"noise", 'f', noise(20'000'000)}});
  useS3At("http://127.0.0.1:" + std::to_string(settings_.server.port));
  const auto uploaded = uploadStaged(zip());
  ASSERT_TRUE(uploaded.ok());
  EXPECT_EQ(digestsOf(object("bucket", "app.zip")).sha256, uploaded->artifacts[0].sha256sum);
  EXPECT_THAT(headerOf("bucket", "app.zip", "etag"), HasSubstr("-3"));
}

TEST_F(S3ArtifactsTest, TheFolderItselfMayBeAZipsKeyButNotTheBucketsRoot) {
  auto inFolder = zip("/");
  inFolder.path = "p";
  ASSERT_TRUE(uploadStaged(inFolder).ok());
  EXPECT_THAT(keysIn("bucket"), ElementsAre("p/"));
  EXPECT_EQ(
      failureOf(build({zip("/")}), {{"", "/staged", "", "", 2}}),
      "CLIENT_ERROR: Error in UPLOAD_ARTIFACTS phase: InvalidParameter: 1 validation error(s) "
      "found.\n- minimum field size of 1, PutObjectInput.Key.\n");
}

TEST_F(S3ArtifactsTest, LeftoversOfAnEarlierLifeAreRemovedAndTheirPlaceIsPrivate) {
  std::ofstream(directory_.path() / "spool" / "spool-left") << "x";
  restart();
  EXPECT_THAT(spools(), IsEmpty());
  EXPECT_EQ(std::filesystem::status(directory_.path() / "spool").permissions(),
            std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace kiln::runtime
