// Against AWS's published vectors: the SigV4 test suite (service "service", 2015-08-30), the examples of the IAM and S3 guides.
#include "runtime/aws/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kiln::runtime {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr auto kSuiteTime = std::chrono::sys_days(std::chrono::year(2015) / 8 / 30) +
                            std::chrono::hours(12) + std::chrono::minutes(36);
const AwsCredentials kSuiteKey{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const AwsCredentials kS3Key{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};

SigningInput suiteRequest(std::string method, std::string path) {
  return {.service = "service",
          .region = "us-east-1",
          .time = kSuiteTime,
          .method = std::move(method),
          .path = std::move(path),
          .query = {},
          .headers = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}},
          .payloadHash = sha256Hex("")};
}

std::string suiteSignature(const SigningInput& input) {
  auto text = authorization(input, kSuiteKey);
  return text.substr(text.rfind('=') + 1);
}

TEST(SigV4Suite, GetVanilla) {
  auto input = suiteRequest("GET", "/");
  EXPECT_EQ(canonicalRequest(input),
            "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(stringToSign(input),
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n"
            "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63");
  EXPECT_EQ(authorization(input, kSuiteKey),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SigV4Suite, PathsAndQueries) {
  struct Row {
    std::string method, path;
    NameValues query;
    std::string signature;
  };
  const std::string unreserved =
      "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const std::vector<Row> rows = {
      {"POST", "/", {}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"GET",
       "/\xE1\x88\xB4",
       {},
       "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"GET",
       "/" + unreserved,
       {},
       "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
      {"GET",
       "/example space/",
       {},
       "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
      {"GET",
       "//example//",
       {},
       "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
      {"GET",
       "/example1/example2/../..",
       {},
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"GET", "/./", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"GET", "/./example", {}, "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
      {"GET",
       "/",
       {{"Param2", "value2"}, {"Param1", "value1"}},
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"GET",
       "/",
       {{"Param1", "value1"}},
       "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
      {"GET",
       "/",
       {{"Param1", "value2"}, {"Param1", "Value1"}},
       "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
      {"GET",
       "/",
       {{unreserved, unreserved}},
       "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
      {"GET",
       "/",
       {{"\xE1\x88\xB4", "bar"}},
       "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
  };
  for (const auto& row : rows) {
    auto input = suiteRequest(row.method, row.path);
    input.query = row.query;
    EXPECT_EQ(suiteSignature(input), row.signature) << row.path << "\n" << canonicalRequest(input);
  }
}

TEST(SigV4Suite, HeadersAndBodies) {
  auto spaces = suiteRequest("GET", "/");
  spaces.headers.emplace_back("My-Header1", " value1");
  spaces.headers.emplace_back("My-Header2", "\"a   b   c\"");
  EXPECT_EQ(suiteSignature(spaces),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
  auto form = suiteRequest("POST", "/");
  form.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  form.payloadHash = sha256Hex("Param1=value1");
  EXPECT_EQ(suiteSignature(form),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

TEST(SigV4Suite, RepeatedHeadersAreJoinedInTheirOrder) {
  auto input = suiteRequest("GET", "/");
  for (const char* value : {"value2", "value2", "value1"})
    input.headers.emplace_back("My-Header1", value);
  EXPECT_EQ(suiteSignature(input),
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea");
}

TEST(SigV4Suite, ListUsersOfTheIamGuide) {
  auto input = suiteRequest("GET", "/");
  input.service = "iam";
  input.query = {{"Action", "ListUsers"}, {"Version", "2010-05-08"}};
  input.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                   {"Host", "iam.amazonaws.com"},
                   {"X-Amz-Date", "20150830T123600Z"}};
  EXPECT_EQ(suiteSignature(input),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

SigningInput s3Request(std::string method, std::string path) {
  return {.service = "s3",
          .region = "us-east-1",
          .time = std::chrono::sys_days(std::chrono::year(2013) / 5 / 24),
          .method = std::move(method),
          .path = std::move(path),
          .query = {},
          .headers = {{"Host", "examplebucket.s3.amazonaws.com"},
                      {"x-amz-content-sha256", sha256Hex("")},
                      {"x-amz-date", "20130524T000000Z"}},
          .payloadHash = sha256Hex("")};
}

TEST(SigV4S3, ExamplesOfTheS3Guide) {
  auto get = s3Request("GET", "/test.txt");
  get.headers.emplace_back("Range", "bytes=0-9");
  EXPECT_THAT(authorization(get, kS3Key),
              EndsWith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
  auto lifecycle = s3Request("GET", "/");
  lifecycle.query = {{"lifecycle", ""}};
  EXPECT_THAT(authorization(lifecycle, kS3Key),
              EndsWith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  auto list = s3Request("GET", "/");
  list.query = {{"max-keys", "2"}, {"prefix", "J"}};
  EXPECT_THAT(authorization(list, kS3Key),
              EndsWith("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
  auto put = s3Request("PUT", "/test%24file.text");
  put.payloadHash = sha256Hex("Welcome to Amazon S3.");
  put.headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                 {"Host", "examplebucket.s3.amazonaws.com"},
                 {"x-amz-content-sha256", put.payloadHash},
                 {"x-amz-date", "20130524T000000Z"},
                 {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  EXPECT_THAT(authorization(put, kS3Key),
              EndsWith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(SigV4S3, PathsAreSignedAsSentAndThoseOfOthersEncodedOnceMore) {
  EXPECT_EQ(canonicalPath("s3", "/b/a%20b/../c//d"), "/b/a%20b/../c//d");
  EXPECT_EQ(canonicalPath("logs", "/b/a%20b/../c//d/"), "/b/c/d/");
  EXPECT_EQ(canonicalPath("logs", "/a%20b"), "/a%2520b");
  EXPECT_EQ(canonicalPath("logs", "/../.."), "/");
}

TEST(SigV4, ASessionTokenIsSignedWhenItIsAmongTheHeaders) {
  auto input = suiteRequest("POST", "/");
  input.headers.emplace_back("X-Amz-Security-Token", "TOKEN");
  EXPECT_THAT(authorization(input, kSuiteKey),
              HasSubstr("SignedHeaders=host;x-amz-date;x-amz-security-token,"));
}

TEST(Uri, WhatIsEncodedIsDecodedAgain) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(decodeUri(encodeUri(all, false)), all);
  EXPECT_EQ(encodeUri("a/b c+\xC3\xA4", true), "a/b%20c%2B%C3%A4");
  EXPECT_EQ(encodeUri("a/b", false), "a%2Fb");
  EXPECT_EQ(decodeUri("%zz%4"), "%zz%4");
}

TEST(Digests, AreThoseOfTheirStandards) {
  EXPECT_EQ(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(md5Base64(""), "1B2M2Y8AsgTpgAmY7PhCfg==");
}

}  // namespace
}  // namespace kiln::runtime
