// Buckets: made once per account, listed by name, deleted only when nothing is in them.
#include "tests/unit/objects/objects_fixture.h"

namespace kiln::store {
namespace {

using BucketTest = ObjectsTest;

TEST_F(BucketTest, ABucketIsFoundAsItWasMadeAlsoAfterARestart) {
  const BucketId other{"000000000000", "other"};
  must(objects_->createBucket(other, {.region = "us-east-1", .documents = {{"acl", "A"}}}));
  reopen();
  const auto found = must(objects_->findBucket(other));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->region, "us-east-1");
  EXPECT_EQ(found->created, clock_.now());
  EXPECT_EQ(found->versioning, Versioning::kNever);
  EXPECT_EQ(must(objects_->findDocument(other, "acl")), "A");
  EXPECT_EQ(must(objects_->findDocument(other, "policy")), std::nullopt);
}

TEST_F(BucketTest, ANameIsTakenInItsAccountAlone) {
  EXPECT_EQ(failure(objects_->createBucket(bucket_, {.region = "us-east-1", .documents = {}})),
            Code::kAlreadyExists);
  EXPECT_TRUE(
      objects_->createBucket({"111111111111", "bucket"}, {.region = "x", .documents = {}}).ok());
}

TEST_F(BucketTest, BucketsAreListedByNameWithPrefixRegionAndPages) {
  for (const char* name : {"b3", "b1", "c1", "b2"}) {
    must(objects_->createBucket({bucket_.account, name},
                                {.region = *name == 'c' ? "r2" : "r1", .documents = {}}));
  }
  must(objects_->createBucket({"111111111111", "b4"}, {.region = "r1", .documents = {}}));
  const auto names = [&](const BucketQuery& query) {
    std::string all;
    const auto page = must(objects_->listBuckets(bucket_.account, query));
    for (const auto& bucket : page.buckets) all += bucket.id.name + " ";
    return all + (page.truncated ? "…" : "");
  };
  EXPECT_EQ(names({}), "b1 b2 b3 bucket c1 ");
  EXPECT_EQ(names({.prefix = "b", .region = {}, .after = "b1", .limit = 2}), "b2 b3 …");
  EXPECT_EQ(names({.prefix = {}, .region = "r2", .after = {}, .limit = 1}), "c1 ");
}

TEST_F(BucketTest, DocumentsAreReplacedAndRemoved) {
  must(objects_->setDocument(bucket_, "policy", "one"));
  must(objects_->setDocument(bucket_, "policy", "two"));
  EXPECT_EQ(must(objects_->findDocument(bucket_, "policy")), "two");
  must(objects_->setDocument(bucket_, "policy", std::nullopt));
  EXPECT_EQ(must(objects_->findDocument(bucket_, "policy")), std::nullopt);
}

TEST_F(BucketTest, ABucketWithAnObjectOrADeleteMarkerStays) {
  put("a", small_);
  EXPECT_EQ(failure(objects_->deleteBucket(bucket_)), Code::kFailedPrecondition);
  remove("a");
  must(objects_->setVersioning(bucket_, Versioning::kEnabled));
  const auto marker = remove("a").marker;
  EXPECT_EQ(failure(objects_->deleteBucket(bucket_)), Code::kFailedPrecondition);
  remove("a", marker->versionId);
  must(objects_->deleteBucket(bucket_));
  EXPECT_EQ(must(objects_->findBucket(bucket_)), std::nullopt);
}

TEST_F(BucketTest, ADeletedBucketTakesItsUploadsAlongAndComesBackEmpty) {
  const auto upload = must(objects_->createUpload(named("a"), "{}"));
  putPart(upload, 1, large_);
  must(objects_->setDocument(bucket_, "policy", "p"));
  must(objects_->deleteBucket(bucket_));
  EXPECT_TRUE(files().empty());
  must(objects_->createBucket(bucket_, {.region = "r", .documents = {}}));
  EXPECT_EQ(must(objects_->findUpload(named("a"), upload.id)), std::nullopt);
  EXPECT_EQ(must(objects_->findDocument(bucket_, "policy")), std::nullopt);
}

TEST_F(BucketTest, WithoutTheBucketEveryCallSaysGone) {
  const BucketId none{bucket_.account, "none"};
  const ObjectName name{none, "a"};
  EXPECT_EQ(failure(objects_->find(name, "")), Code::kGone);
  EXPECT_EQ(failure(objects_->open(name, "")), Code::kGone);
  EXPECT_EQ(failure(objects_->put(name, bodyOf(large_), {})), Code::kGone);
  EXPECT_EQ(
      failure(objects_->remove(none, {.key = "a", .versionId = {}, .condition = {}, .notice = {}})),
      Code::kGone);
  EXPECT_EQ(failure(objects_->listObjects(none, {})), Code::kGone);
  EXPECT_EQ(failure(objects_->listVersions(none, {})), Code::kGone);
  EXPECT_EQ(failure(objects_->listUploads(none, {})), Code::kGone);
  EXPECT_EQ(failure(objects_->createUpload(name, "")), Code::kGone);
  EXPECT_EQ(failure(objects_->deleteBucket(none)), Code::kGone);
  EXPECT_EQ(failure(objects_->setVersioning(none, Versioning::kEnabled)), Code::kGone);
  EXPECT_EQ(failure(objects_->setDocument(none, "policy", "p")), Code::kGone);
  EXPECT_TRUE(files().empty());
}

TEST_F(BucketTest, VersioningOnceEnabledIsOnlySuspended) {
  must(objects_->setVersioning(bucket_, Versioning::kEnabled));
  must(objects_->setVersioning(bucket_, Versioning::kSuspended));
  EXPECT_EQ(failure(objects_->setVersioning(bucket_, Versioning::kNever)), Code::kInvalidArgument);
  EXPECT_EQ(must(objects_->findBucket(bucket_))->versioning, Versioning::kSuspended);
}

}  // namespace
}  // namespace kiln::store
