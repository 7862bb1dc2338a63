#include "api/s3/names.h"

#include <gtest/gtest.h>

#include "api/s3/range.h"

namespace kiln::api::s3 {
namespace {

TEST(NamesTest, TheBucketOfAVirtualHost) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"b.localhost", "none"},
      {"bucket.localhost", "bucket"},
      {"bucket.localhost:4599", "bucket"},
      {"bucket.s3.localhost:4599", "bucket"},
      {"a.b.c.s3.localhost", "a.b.c"},
      {"bucket.s3.amazonaws.com", "bucket"},
      {"Bucket.S3.Amazonaws.com.", "bucket"},
      {"bucket.s3.us-west-2.amazonaws.com", "bucket"},
      {"bucket.s3-us-west-2.amazonaws.com", "bucket"},
      {"bucket.s3.dualstack.us-west-2.amazonaws.com", "bucket"},
      {"bucket.s3-accelerate.amazonaws.com", "bucket"},
      {"localhost", "none"},
      {"localhost:4599", "none"},
      {"s3.localhost", "none"},
      {"logs.localhost", "none"},
      {"s3.amazonaws.com", "none"},
      {"s3.us-west-2.amazonaws.com", "none"},
      {"logs.us-west-2.amazonaws.com", "none"},
      {"127.0.0.1:4599", "none"},
      {"[::1]:4599", "none"},
      {"example.com", "none"},
      {"", "none"},
      {".", "none"},
      {".localhost", "none"},
      {".s3.localhost", "none"},
  };
  for (const auto& [host, bucket] : rows) {
    EXPECT_EQ(bucketOfHost(host).value_or("none"), bucket) << host;
  }
}

TEST(NamesTest, WhatMayBeABucketsName) {
  for (const char* name : {"abc", "a.b-c", "123", "a1.2.3.4"})
    EXPECT_TRUE(isBucketName(name)) << name;
  for (const char* name : {"", "ab", "Abc", "a_b", "-ab", "ab-", ".ab", "a..b", "1.2.3.4", "xn--a",
                           "a-s3alias", "a--x-s3"}) {
    EXPECT_FALSE(isBucketName(name)) << name;
  }
  EXPECT_FALSE(isBucketName(std::string(64, 'a')));
}

Request requestFor(const char* host, const char* path) {
  Request request;
  request.method = "GET";
  request.path = path;
  request.headers["host"] = host;
  return request;
}

TEST(NamesTest, KeysAreDecodedAndKeepTheirSlashes) {
  auto target = targetOf(requestFor("localhost", "/bucket//a%20b%2Fc/"));
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->bucket, "bucket");
  EXPECT_EQ(target->key, "/a b/c/");
  target = targetOf(requestFor("bucket.localhost", "/a/../b"));
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->key, "a/../b");
}

TEST(NamesTest, KeysThatAreNoTextOrTooLongAreRefused) {
  EXPECT_EQ(targetOf(requestFor("localhost", "/b/%ff")).error().code, "InvalidURI");
  EXPECT_EQ(targetOf(requestFor("localhost", "/b/a%00b")).error().code, "InvalidURI");
  const std::string longPath = "/b/" + std::string(1025, 'k');
  EXPECT_EQ(targetOf(requestFor("localhost", longPath.c_str())).error().code, "KeyTooLongError");
}

TEST(NamesTest, UrlEncodingIsThatOfListings) {
  EXPECT_EQ(urlEncoded("a b/c+d\xc3\xa4-_.*~"), "a+b/c%2Bd%C3%A4-_.*%7E");
}

TEST(RangeTest, OneRangeIsTakenOthersAreIgnored) {
  struct Row {
    const char* header;
    RangeKind kind;
    std::uint64_t offset;
    std::uint64_t length;
  };
  for (const Row& row :
       {Row{"bytes=0-0", RangeKind::kPart, 0, 1}, Row{"bytes=2-", RangeKind::kPart, 2, 8},
        Row{"bytes=-3", RangeKind::kPart, 7, 3}, Row{"bytes=-30", RangeKind::kPart, 0, 10},
        Row{"bytes=5-99", RangeKind::kPart, 5, 5},
        Row{"bytes=10-", RangeKind::kUnsatisfiable, 0, 0},
        Row{"bytes=-0", RangeKind::kUnsatisfiable, 0, 0}, Row{"bytes=3-2", RangeKind::kNone, 0, 0},
        Row{"bytes=0-1,3-4", RangeKind::kNone, 0, 0}, Row{"bytes=-", RangeKind::kNone, 0, 0},
        Row{"bytes=a-b", RangeKind::kNone, 0, 0}, Row{"items=0-1", RangeKind::kNone, 0, 0},
        Row{"bytes=99999999999999999999-", RangeKind::kUnsatisfiable, 0, 0},
        Row{"bytes=4-99999999999999999999", RangeKind::kPart, 4, 6}}) {
    const ParsedRange parsed = parseRange(row.header, 10);
    EXPECT_EQ(parsed.kind, row.kind) << row.header;
    EXPECT_EQ(parsed.range.offset, row.offset) << row.header;
    EXPECT_EQ(parsed.range.length, row.length) << row.header;
  }
}

}  // namespace
}  // namespace kiln::api::s3
