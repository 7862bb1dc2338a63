// Listings: byte order, prefixes, delimiters, pages, over keys that look like parts of each other.
#include <algorithm>
#include <set>

#include "tests/unit/objects/objects_fixture.h"

namespace kiln::store {
namespace {

// What a page should be, from all keys.
struct Expected {
  std::vector<std::string> items;  // keys and common prefixes
};
Expected expected(const std::set<std::string>& keys, const ObjectQuery& query) {
  std::set<std::string> items;
  for (const auto& key : keys) {
    if (!key.starts_with(query.prefix)) continue;
    auto item = key;
    if (!query.delimiter.empty()) {
      const auto found = key.find(query.delimiter, query.prefix.size());
      if (found != std::string::npos) item = key.substr(0, found + query.delimiter.size());
    }
    if (item > query.after) items.insert(item);
  }
  return {{items.begin(), items.end()}};
}

class ListingTest : public ObjectsTest {
 protected:
  void add(std::vector<std::string> keys) {
    for (auto& key : keys) {
      put(key, "x");
      keys_.insert(std::move(key));
    }
  }

  // All pages of `limit` together are what they should be.
  void check(ObjectQuery query, std::size_t limit) {
    const auto want = expected(keys_, query).items;
    query.limit = limit;
    std::vector<std::string> got;
    for (bool more = true; more;) {
      const auto page = must(objects_->listObjects(bucket_, query));
      std::vector<std::string> items = page.commonPrefixes;
      EXPECT_TRUE(std::is_sorted(items.begin(), items.end()));
      for (const auto& object : page.objects) items.push_back(object.key);
      std::sort(items.begin(), items.end());
      EXPECT_LE(items.size(), limit);
      EXPECT_EQ(page.truncated, !page.next.empty());
      if (page.truncated) {
        ASSERT_EQ(items.size(), limit);
        EXPECT_EQ(page.next, items.back());
      }
      got.insert(got.end(), items.begin(), items.end());
      more = page.truncated;
      query.after = page.next;
    }
    EXPECT_EQ(got, want) << "prefix '" << query.prefix << "' delimiter '" << query.delimiter
                         << "' limit " << limit;
  }

  std::set<std::string> keys_;
};

TEST_F(ListingTest, AnyPrefixDelimiterAndMarkerOverKeysThatRunIntoEachOther) {
  using namespace std::string_literals;
  add({"a",
       "a/",
       "a/b",
       "a/b/c",
       "a//",
       "a0",
       "a\x01",
       "a\x01\x01",
       "~",
       "/",
       "//",
       "b/",
       "b/c/d",
       "b/c/e",
       "\xf0\x9f\x98\x80",
       "\xf0\x9f\x98\x80/x",
       "\xf0\x9f\x98\x81",
       "z\xff",
       "z\xff\xff/",
       "null\0in"s,
       "null\0\x01"s,
       "null",
       "null\0\xff"s,
       std::string(1024, 'k'),
       std::string(1023, 'k') + "/",
       "\x7f",
       " ",
       "+",
       "%2F",
       "ab//cd//ef"});
  const std::vector<std::string> words = {
      "",  "a",     "a/",   "a/b",     "/", "b/c",     "\xf0\x9f\x98\x80",
      "z", "z\xff", "null", "null\0"s, "k", "nothing", std::string(1023, 'k')};
  for (const auto& prefix : words) {
    for (const auto& delimiter : {""s, "/"s, "//"s, "b"s, "\xff"s, "\0"s, "\x98"s}) {
      for (const auto& after : words) {
        check({.prefix = prefix, .delimiter = delimiter, .after = after, .limit = 0}, 1000);
        check({.prefix = prefix, .delimiter = delimiter, .after = after, .limit = 0}, 1);
      }
      check({.prefix = prefix, .delimiter = delimiter, .after = {}, .limit = 0}, 2);
      check({.prefix = prefix, .delimiter = delimiter, .after = {}, .limit = 0}, 3);
    }
  }
}

TEST_F(ListingTest, ManyKeysUnderACommonPrefixAreSkipped) {
  for (int folder = 0; folder < 3; ++folder) {
    for (int i = 0; i < 400; ++i) {
      add({"f" + std::to_string(folder) + "/" + std::to_string(i)});
    }
  }
  add({"f", "g"});
  for (const std::size_t limit : {1, 2, 3, 4, 5, 399, 400, 401, 1000}) {
    check({.prefix = {}, .delimiter = "/", .after = {}, .limit = 0}, limit);
    check({.prefix = "f1/", .delimiter = "/", .after = {}, .limit = 0}, limit);
    check({.prefix = {}, .delimiter = {}, .after = "f1/399", .limit = 0}, limit);
  }
}

TEST_F(ListingTest, APageOfNothingIsNotTruncated) {
  add({"a", "b"});
  ObjectQuery query;
  query.limit = 0;
  const auto page = must(objects_->listObjects(bucket_, query));
  EXPECT_TRUE(page.objects.empty());
  EXPECT_FALSE(page.truncated);
  query.limit = 2;
  EXPECT_FALSE(must(objects_->listObjects(bucket_, query)).truncated);
}

TEST_F(ListingTest, BucketsWhoseNamesRunIntoEachOtherKeepTheirKeysApart) {
  const BucketId longer{bucket_.account, bucket_.name + "2"};
  must(objects_->createBucket(longer, {.region = "r", .documents = {}}));
  add({"a", "b"});
  must(objects_->put({longer, "c"}, bodyOf("x"), {}));
  check({}, 10);
  EXPECT_EQ(must(objects_->listObjects(longer, {})).objects.size(), 1u);
}

TEST_F(ListingTest, UploadsAreListedByKeyThenByAge) {
  std::vector<std::pair<std::string, std::string>> all;  // key, id
  for (const char* key : {"b", "a/x", "a/y", "b", "a", "b"}) {
    clock_.advance(Millis(1));
    all.emplace_back(key, must(objects_->createUpload(named(key), "u")).id);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& l, const auto& r) { return l.first < r.first; });
  for (const std::size_t limit : {1, 2, 3, 5, 6, 7}) {
    std::vector<std::pair<std::string, std::string>> got;
    UploadQuery query;
    query.limit = limit;
    for (bool more = true; more;) {
      const auto page = must(objects_->listUploads(bucket_, query));
      for (const auto& upload : page.uploads) got.emplace_back(upload.key, upload.id);
      more = page.truncated;
      query.keyMarker = page.nextKey;
      query.uploadIdMarker = page.nextUploadId;
    }
    EXPECT_EQ(got, all) << limit;
  }
  UploadQuery query;
  query.delimiter = "/";
  const auto page = must(objects_->listUploads(bucket_, query));
  EXPECT_EQ(page.commonPrefixes, std::vector<std::string>{"a/"});
  EXPECT_EQ(page.uploads.size(), 4u);
  query.keyMarker = "b";
  EXPECT_TRUE(must(objects_->listUploads(bucket_, query)).uploads.empty());
}

}  // namespace
}  // namespace kiln::store
