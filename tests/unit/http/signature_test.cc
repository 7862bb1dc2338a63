#include <gtest/gtest.h>

#include "api/http/percent.h"
#include "api/http/sigv4.h"

namespace kiln::api {
namespace {

std::string regionOf(const std::string& authorization) {
  Request request;
  request.headers["authorization"] = authorization;
  const auto scope = findCredentialScope(request);
  return scope ? scope->region : "unsigned";
}

TEST(CredentialScope, HasFiveParts) {
  const auto scope = parseCredential("AKID/20260101/us-west-2/codebuild/aws4_request");
  ASSERT_TRUE(scope);
  EXPECT_EQ(scope->accessKeyId, "AKID");
  EXPECT_EQ(scope->date, "20260101");
  EXPECT_EQ(scope->region, "us-west-2");
  EXPECT_EQ(scope->service, "codebuild");
  EXPECT_EQ(parseCredential("a/b/20260101/us-west-2/s3/aws4_request")->accessKeyId, "a/b");
}

TEST(CredentialScope, IsNotGuessed) {
  for (const char* text :
       {"", "AKID", "AKID/1/us-west-2/codebuild", "AKID/1/us-west-2/codebuild/aws5_request",
        "/1/us-west-2/codebuild/aws4_request", "AKID/1//codebuild/aws4_request",
        "AKID/1/us west/codebuild/aws4_request", "AKID/1/us:west/codebuild/aws4_request",
        "AKID/1/\xC3\xA9/codebuild/aws4_request"}) {
    EXPECT_FALSE(parseCredential(text)) << text;
  }
  EXPECT_FALSE(parseCredential("AKID/1/" + std::string(200, 'a') + "/codebuild/aws4_request"));
}

TEST(CredentialScope, IsFoundInTheHeaderWithAndWithoutSpaces) {
  EXPECT_EQ(regionOf("AWS4-HMAC-SHA256 Credential=A/1/eu-west-1/s3/aws4_request, "
                     "SignedHeaders=host, Signature=0"),
            "eu-west-1");
  EXPECT_EQ(regionOf("AWS4-HMAC-SHA256 "
                     "Credential=A/1/eu-west-1/s3/aws4_request,SignedHeaders=host,Signature=0"),
            "eu-west-1");
  EXPECT_EQ(
      regionOf("AWS4-HMAC-SHA256 SignedHeaders=host,Credential=A/1/eu-west-1/s3/aws4_request"),
      "eu-west-1");
  EXPECT_EQ(regionOf("Bearer x"), "unsigned");
  EXPECT_EQ(regionOf("AWS4-HMAC-SHA256 Signature=0"), "unsigned");
  EXPECT_EQ(regionOf(""), "unsigned");
}

TEST(CredentialScope, IsFoundInAPresignedUrl) {
  Request request;
  request.query = parseQuery(
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F1%2Fap-south-1%2Fs3%2Faws4_request");
  ASSERT_TRUE(findCredentialScope(request));
  EXPECT_EQ(findCredentialScope(request)->region, "ap-south-1");
}

TEST(Percent, DecodesWhatIsWellFormed) {
  EXPECT_EQ(percentDecoded("a%20b%2Fc%c3%A9"), "a b/c\xC3\xA9");
  EXPECT_EQ(percentDecoded("100%"), "100%");
  EXPECT_EQ(percentDecoded("%4"), "%4");
  EXPECT_EQ(percentDecoded("%zz%-1% 1"), "%zz%-1% 1");
  EXPECT_EQ(percentDecoded("a+b"), "a+b");
}

TEST(Query, TheLastOfEqualNamesWins) {
  using Map = std::map<std::string, std::string, std::less<>>;
  EXPECT_EQ(parseQuery("a=1&b=x+y&a=2&c&&d=e=f&%41=%26"),
            (Map{{"a", "2"}, {"b", "x y"}, {"c", ""}, {"d", "e=f"}, {"A", "&"}}));
  EXPECT_EQ(parseQuery(""), Map{});
}

}  // namespace
}  // namespace kiln::api
