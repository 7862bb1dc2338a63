// Requests and answers of S3 by its table: which operation, which input, which XML; and hostile XML.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/model/rest.h"
#include "api/model/timestamp.h"
#include "api/model/xml.h"
#include "api/s3/errors.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

const ServiceModel& s3Model() {
  static const ServiceModel kModel = ServiceModel::loadNamed("s3");
  return kModel;
}

std::string operationOf(const char* method, const TextMap& labels, const TextMap& query,
                        const TextMap& headers = {}) {
  static const RestRoutes kRoutes(s3Model(), {"ListBuckets", "PutBucketLifecycleConfiguration"});
  const auto* operation = kRoutes.find({method, labels, query, headers});
  return operation == nullptr ? "none" : operation->name;
}

TEST(BindingTest, OperationsAreFoundByMethodLabelsAndQuery) {
  const TextMap bucket{{"Bucket", "b"}};
  const TextMap object{{"Bucket", "b"}, {"Key", "k"}};
  EXPECT_EQ(operationOf("GET", {}, {}), "ListBuckets");
  EXPECT_EQ(operationOf("GET", bucket, {}), "ListObjects");
  EXPECT_EQ(operationOf("GET", bucket, {{"list-type", "2"}}), "ListObjectsV2");
  EXPECT_EQ(operationOf("GET", bucket, {{"list-type", "1"}}), "ListObjects");
  EXPECT_EQ(operationOf("GET", bucket, {{"versions", ""}, {"prefix", "x"}}), "ListObjectVersions");
  EXPECT_EQ(operationOf("PUT", bucket, {{"lifecycle", ""}}), "PutBucketLifecycleConfiguration");
  EXPECT_EQ(operationOf("GET", bucket, {{"analytics", ""}}), "ListBucketAnalyticsConfigurations");
  EXPECT_EQ(operationOf("GET", bucket, {{"analytics", ""}, {"id", "i"}}),
            "GetBucketAnalyticsConfiguration");
  EXPECT_EQ(operationOf("PUT", object, {}), "PutObject");
  EXPECT_EQ(operationOf("PUT", object, {}, {{"x-amz-copy-source", "a/b"}}), "CopyObject");
  const TextMap part{{"partNumber", "1"}, {"uploadId", "u"}};
  EXPECT_EQ(operationOf("PUT", object, part), "UploadPart");
  EXPECT_EQ(operationOf("PUT", object, part, {{"x-amz-copy-source", "a/b"}}), "UploadPartCopy");
  EXPECT_EQ(operationOf("POST", object, {{"uploads", ""}}), "CreateMultipartUpload");
  EXPECT_EQ(operationOf("GET", object, {{"uploadId", "u"}}), "ListParts");
  EXPECT_EQ(operationOf("DELETE", object, {{"uploadId", "u"}}), "AbortMultipartUpload");
  EXPECT_EQ(operationOf("GET", object, {{"attributes", ""}}), "GetObjectAttributes");
  EXPECT_EQ(operationOf("PATCH", object, {}), "none");
}

TEST(BindingTest, HeadersQueryAndBodyBecomeInput) {
  const TextMap query{{"uploadId", "u"}};
  const TextMap headers{{"x-amz-checksum-type", "COMPOSITE"}};
  const RestCall call{"POST", {{"Bucket", "b"}, {"Key", "k"}}, query, headers};
  const auto input =
      bindInput(*s3Model().findOperation("CompleteMultipartUpload"), call,
                "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part>"
                "<ETag>&quot;e&quot;</ETag><PartNumber>1</PartNumber></Part><Part><PartNumber> 2 "
                "</PartNumber>"
                "<ETag>f</ETag></Part></CompleteMultipartUpload>");
  ASSERT_TRUE(input.ok());
  EXPECT_EQ(*input, json({{"Bucket", "b"},
                          {"Key", "k"},
                          {"UploadId", "u"},
                          {"ChecksumType", "COMPOSITE"},
                          {"MultipartUpload",
                           {{"Parts", json::array({{{"ETag", "\"e\""}, {"PartNumber", 1}},
                                                   {{"ETag", "f"}, {"PartNumber", 2}}})}}}}));
}

TEST(BindingTest, OutputBecomesHeadersAndXml) {
  const auto answer = shapeOutput(
      *s3Model().findOperation("ListObjectsV2"),
      {{"Name", "b"},
       {"RequestCharged", "requester"},
       {"IsTruncated", false},
       {"Contents",
        json::array({{{"Key", "<a & \x01>"}, {"Size", 5}, {"LastModified", 1255369830.0}}})}},
      "ListBucketResult", "urn:x");
  EXPECT_EQ(answer.headers.at("x-amz-request-charged"), "requester");
  EXPECT_EQ(answer.body,
            "<ListBucketResult xmlns=\"urn:x\"><Contents><Key>&lt;a &amp; &#x1;&gt;</Key>"
            "<LastModified>2009-10-12T17:50:30.000Z</LastModified><Size>5</Size></Contents>"
            "<IsTruncated>false</IsTruncated><Name>b</Name></ListBucketResult>");
}

bool isRead(const std::string& text) {
  return readXml(*s3Model().findShape("Delete"), "Delete", text).ok();
}

TEST(HostileXmlTest, IsRefusedAndHarmless) {
  EXPECT_TRUE(isRead("<Delete><Object><Key>k</Key></Object></Delete>"));
  EXPECT_TRUE(isRead("<a:Delete xmlns:a='x'><a:Object><a:Key> </a:Key></a:Object></a:Delete>"));
  EXPECT_FALSE(isRead("<Delete><Object><Key>a&#0;b</Key></Object></Delete>"));
  EXPECT_FALSE(isRead("<Delete><Object><Key>a&#x000;b</Key></Object></Delete>"));
  EXPECT_TRUE(isRead("<Delete><Object><Key>a&#10;b&#x41;</Key></Object></Delete>"));
  EXPECT_FALSE(isRead(""));
  EXPECT_FALSE(isRead("<Delete>"));
  EXPECT_FALSE(isRead("<Other/>"));
  EXPECT_FALSE(isRead("<Delete/><Delete/>"));
  EXPECT_FALSE(isRead("<Delete>text</Delete>"));
  EXPECT_FALSE(isRead("<Delete><Unknown/></Delete>"));
  EXPECT_FALSE(isRead("<Delete><Object><Key><Key/></Key></Object></Delete>"));
  EXPECT_FALSE(isRead("<Delete><Quiet>maybe</Quiet></Delete>"));
  EXPECT_FALSE(isRead("<Delete><Quiet>true</Quiet><Quiet>true</Quiet></Delete>"));
  EXPECT_FALSE(isRead(
      "<!DOCTYPE Delete [<!ENTITY a \"b\">]><Delete><Object><Key>&a;</Key></Object></Delete>"));
  EXPECT_FALSE(isRead(std::string("<Delete>\0</Delete>", 18)));
  EXPECT_FALSE(isRead("<Delete><Object><Key>\xff</Key></Object></Delete>"));
  std::string deep;
  for (int level = 0; level < 200'000; ++level) deep += "<Delete>";
  EXPECT_FALSE(isRead(deep));
  for (int level = 0; level < 200'000; ++level) deep += "</Delete>";
  EXPECT_FALSE(isRead(deep));
  EXPECT_FALSE(isRead(std::string(kMaxXmlBytes + 1, ' ')));
}

TEST(WireDatesTest, AllFormsAreRead) {
  const auto expected = fromUnixMillis(784111777000);
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(fromHttpDate(text), expected) << text;
  }
  for (const char* text : {"1994-11-06T08:49:37Z", "1994-11-06T08:49:37.000Z", "19941106T084937Z",
                           "1994-11-06T09:49:37+01:00"}) {
    EXPECT_EQ(fromIso8601(text), expected) << text;
  }
  for (const char* text : {"", "x", "1994-13-06", "1994-11-06T25:00:00Z", "1994-11-06T08:49:37Zx"})
    EXPECT_EQ(fromIso8601(text), std::nullopt) << text;
  EXPECT_EQ(toHttpDate(expected), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(S3ErrorTest, IsTheDocumentThatS3Gives) {
  EXPECT_EQ(toXml(noSuchKey("a&b"), "ID", "HOST"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The "
            "specified key does not exist.</Message><Key>a&amp;b</Key><RequestId>ID</RequestId>"
            "<HostId>HOST</HostId></Error>");
}

}  // namespace
}  // namespace kiln::api::s3
