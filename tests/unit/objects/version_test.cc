// Versions: what puts and deletes leave behind with versioning never enabled, enabled and suspended.
#include "tests/unit/objects/objects_fixture.h"

namespace kiln::store {
namespace {

class VersionTest : public ObjectsTest {
 protected:
  void enable() { must(objects_->setVersioning(bucket_, Versioning::kEnabled)); }
  void suspend() { must(objects_->setVersioning(bucket_, Versioning::kSuspended)); }

  // `key:size` of each, newest first; a marker is `-`, a null version has an n, the latest a star.
  std::string versions(const VersionQuery& query = {}) {
    const auto page = must(objects_->listVersions(bucket_, query));
    std::string all;
    for (const auto& v : page.versions) {
      all += v.key + ":" + (v.deleteMarker ? "-" : std::to_string(v.size)) +
             (v.versionId == kNullVersion ? "n" : "") + (v.latest ? "*" : "") + " ";
    }
    for (const auto& common : page.commonPrefixes) all += common + " ";
    return all + (page.truncated ? "…" : "");
  }
  std::string put(const std::string& key, std::size_t size) {
    return ObjectsTest::put(key, std::string(size, 'x')).versionId;
  }
};

TEST_F(VersionTest, WithoutVersioningThereIsOneNullVersion) {
  put("a", 1);
  EXPECT_EQ(put("a", 2), kNullVersion);
  EXPECT_EQ(versions(), "a:2n* ");
  EXPECT_EQ(get("a", "null").size(), 2u);
  EXPECT_FALSE(remove("a", newUuid()).version);
  EXPECT_EQ(remove("a", "null").version->size, 2u);
  EXPECT_EQ(versions(), "");
}

TEST_F(VersionTest, EnabledKeepsWhatWasThereAndEveryWrite) {
  put("a", 100);
  enable();
  EXPECT_EQ(versions(), "a:100n* ");
  const auto second = put("a", 200);
  const auto third = put("a", 3);
  EXPECT_NE(second, third);
  EXPECT_TRUE(isVersionId(second));
  EXPECT_EQ(versions(), "a:3* a:200 a:100n ");
  EXPECT_EQ(get("a").size(), 3u);
  EXPECT_EQ(get("a", second).size(), 200u);
  EXPECT_EQ(get("a", "null").size(), 100u);
  EXPECT_FALSE(find("a", second)->latest);
  EXPECT_TRUE(find("a", third)->latest);
  EXPECT_FALSE(find("a", "nonsense"));
  reopen();
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(VersionTest, ADeleteMarkerHidesTheObjectUntilItIsRemoved) {
  enable();
  const auto first = put("a", 1);
  const auto removed = remove("a");
  EXPECT_FALSE(removed.version);
  ASSERT_TRUE(removed.marker);
  EXPECT_TRUE(find("a")->deleteMarker);
  EXPECT_EQ(failure(objects_->open(named("a"), "")), Code::kFailedPrecondition);
  EXPECT_TRUE(must(objects_->listObjects(bucket_, {})).objects.empty());
  EXPECT_EQ(get("a", first).size(), 1u);
  remove("a");
  EXPECT_EQ(versions(), "a:-* a:- a:1 ");
  remove("a", find("a")->versionId);
  EXPECT_EQ(versions(), "a:-* a:1 ");
  EXPECT_TRUE(remove("a", removed.marker->versionId).version->deleteMarker);
  EXPECT_EQ(versions(), "a:1* ");
  EXPECT_EQ(get("a").size(), 1u);
}

TEST_F(VersionTest, RemovingTheLatestVersionMakesTheNextOneTheLatest) {
  put("a", 100);
  enable();
  const auto second = put("a", 200);
  const auto third = put("a", 300);
  EXPECT_TRUE(remove("a", third).version->latest);
  EXPECT_EQ(versions(), "a:200* a:100n ");
  EXPECT_EQ(get("a").size(), 200u);
  remove("a", second);
  EXPECT_EQ(versions(), "a:100n* ");
  EXPECT_EQ(get("a").size(), 100u);
  remove("a", "null");
  EXPECT_EQ(versions(), "");
  EXPECT_FALSE(find("a"));
  EXPECT_TRUE(files().empty());
}

TEST_F(VersionTest, AnOlderVersionGoesWithoutTouchingTheLatest) {
  enable();
  const auto first = put("a", 100);
  put("a", 200);
  EXPECT_FALSE(remove("a", first).version->latest);
  EXPECT_EQ(versions(), "a:200* ");
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(VersionTest, SuspendedReplacesTheNullVersionAndKeepsTheOthers) {
  put("a", 100);
  enable();
  put("a", 200);
  suspend();
  EXPECT_EQ(put("a", 300), kNullVersion);
  EXPECT_EQ(versions(), "a:300n* a:200 ");
  put("a", 400);
  EXPECT_EQ(versions(), "a:400n* a:200 ");
  EXPECT_EQ(remove("a").marker->versionId, kNullVersion);
  EXPECT_EQ(versions(), "a:-n* a:200 ");
  remove("a");
  EXPECT_EQ(versions(), "a:-n* a:200 ");
  EXPECT_EQ(files().size(), 1u);
  remove("a", "null");
  EXPECT_EQ(versions(), "a:200* ");
}

TEST_F(VersionTest, SuspendedAndEnabledAgainKeepsTheNullVersionInItsPlace) {
  enable();
  put("a", 1);
  suspend();
  put("a", 2);
  enable();
  put("a", 3);
  EXPECT_EQ(versions(), "a:3* a:2n a:1 ");
  EXPECT_EQ(find("a", "null")->size, 2u);
  suspend();
  put("a", 4);
  EXPECT_EQ(versions(), "a:4n* a:3 a:1 ");
}

TEST_F(VersionTest, AttributesOfAnOlderVersionAndOfTheLatestAreTheirOwn) {
  enable();
  const auto first = put("a", 1);
  const auto second = put("a", 2);
  const auto set = [&](const std::string& version, const std::string& text) {
    must(objects_->changeAttributes(
        named("a"), version, [&](const ObjectInfo&) -> Result<std::string> { return text; }, {}));
  };
  set(first, "one");
  set(second, "two");
  EXPECT_EQ(find("a", first)->attributes, "one");
  EXPECT_EQ(find("a", second)->attributes, "two");
  EXPECT_EQ(find("a")->attributes, "two");
  EXPECT_EQ(must(objects_->listVersions(bucket_, {})).versions[0].attributes, "two");
  remove("a");
  EXPECT_EQ(failure(objects_->changeAttributes(
                named("a"), "",
                [](const ObjectInfo&) -> Result<std::string> { return std::string(); }, {})),
            Code::kFailedPrecondition);
}

TEST_F(VersionTest, APageGoesOnWhereTheLastOneEndedInTheMiddleOfAKey) {
  put("a", 1);
  put("z", 9);
  enable();
  for (std::size_t size : {2, 3, 4}) put("a", size);
  put("b", 5);
  remove("b");
  const auto whole = versions();
  EXPECT_EQ(whole, "a:4* a:3 a:2 a:1n b:-* b:5 z:9n* ");
  for (const std::size_t limit : {1, 2, 3, 4, 5, 6, 7}) {
    std::string all;
    VersionQuery query;
    query.limit = limit;
    for (bool more = true; more;) {
      const auto page = must(objects_->listVersions(bucket_, query));
      all += versions(query);
      if (all.ends_with("…")) all.resize(all.size() - std::string("…").size());
      more = page.truncated;
      query.keyMarker = page.nextKey;
      query.versionIdMarker = page.nextVersionId;
    }
    EXPECT_EQ(all, whole) << limit;
  }
  VersionQuery query;
  query.keyMarker = "a";
  EXPECT_EQ(versions(query), "b:-* b:5 z:9n* ");
  query.versionIdMarker = "nonsense";
  EXPECT_EQ(failure(objects_->listVersions(bucket_, query)), Code::kInvalidArgument);
}

TEST_F(VersionTest, VersionsAreRolledUp) {
  enable();
  for (int i = 0; i < 3; ++i) put("a/x", 1);
  remove("b/y");
  put("c", 2);
  VersionQuery query;
  query.delimiter = "/";
  EXPECT_EQ(versions(query), "c:2* a/ b/ ");
  query.keyMarker = "a/";
  EXPECT_EQ(versions(query), "c:2* b/ ");
  query.prefix = "b/";
  EXPECT_EQ(versions(query), "b/y:-* ");
}

}  // namespace
}  // namespace kiln::store
