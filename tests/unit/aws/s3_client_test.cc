// S3Client against a service that misbehaves: streams in parts, aborts, resumed downloads, lists.
#include "runtime/aws/s3_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/aws/s3_wire.h"
#include "tests/unit/aws/scripted_service.h"

namespace kiln::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kBegun =
    "<InitiateMultipartUploadResult><UploadId>U/1</UploadId></InitiateMultipartUploadResult>";
constexpr const char* kFinished =
    "<CompleteMultipartUploadResult><ETag>&quot;e-2&quot;</ETag></CompleteMultipartUploadResult>";

class S3ClientTest : public ::testing::Test {
 protected:
  void given(ScriptedService::Script script) {
    service = std::make_unique<ScriptedService>(std::move(script));
  }
  S3Client s3(bool pathStyle = true) {
    return {client,
            {.baseUrl = service->url(),
             .region = "r",
             .credentials = {"A", "K", ""},
             .pathStyle = pathStyle}};
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const auto& seen : service->requests())
      out.push_back(seen.line.substr(0, seen.line.rfind(' ')));
    return out;
  }
  // `size` bytes in pieces, then the end or an error.
  static ByteSource stream(std::size_t size, std::size_t piece, bool fails = false) {
    auto left = std::make_shared<std::size_t>(size);
    return [=]() -> Result<std::string> {
      if (*left == 0 && fails) return Error{Code::kNotFound, "the container is gone"};
      auto now = std::min(*left, piece);
      *left -= now;
      return std::string(now, 'x');
    };
  }
  // A service that takes parts; `complete` answers the completion.
  static ScriptedService::Script takesParts(Reaction complete) {
    return [complete](const SeenRequest& seen, int) {
      if (seen.line.find("uploads=") != std::string::npos)
        return ScriptedService::answer(200, kBegun);
      if (seen.line.starts_with("PUT")) return ScriptedService::answer(200, "", "ETag: \"p\"\r\n");
      if (seen.line.starts_with("POST")) return complete;
      return ScriptedService::answer(204, "");
    };
  }

  SystemClock clock;
  AwsClient client{clock, {.attempts = 3, .backoffBase = Millis(1), .backoffCap = Millis(1)}};
  std::unique_ptr<ScriptedService> service;
};

TEST_F(S3ClientTest, AShortStreamIsOnePutWithItsHeaders) {
  given([](const SeenRequest&, int) {
    return ScriptedService::answer(200, "", "ETag: \"e\"\r\nx-amz-version-id: v1\r\n");
  });
  auto stored = s3().put("b", "k", stream(kS3PartSize, 1'000'000),
                         {.contentType = "application/zip",
                          .metadata = {{"codebuild-buildarn", "arn"}},
                          .encryption = S3Encryption::kKms,
                          .kmsKeyId = "key",
                          .acl = "bucket-owner-read"});
  ASSERT_TRUE(stored.ok()) << stored.error().message;
  EXPECT_EQ(stored->etag, "e");
  EXPECT_EQ(stored->versionId, "v1");
  EXPECT_EQ(stored->size, kS3PartSize);
  auto seen = service->requests().at(0);
  EXPECT_EQ(seen.body.size(), kS3PartSize);
  EXPECT_EQ(seen.header("Content-Type"), "application/zip");
  EXPECT_EQ(seen.header("x-amz-meta-codebuild-buildarn"), "arn");
  EXPECT_EQ(seen.header("x-amz-server-side-encryption"), "aws:kms");
  EXPECT_EQ(seen.header("x-amz-server-side-encryption-aws-kms-key-id"), "key");
  EXPECT_EQ(seen.header("x-amz-acl"), "bucket-owner-read");
  EXPECT_EQ(service->requests().size(), 1U);
}

TEST_F(S3ClientTest, AnEmptyStreamIsAnEmptyObject) {
  given([](const SeenRequest&, int) { return ScriptedService::answer(200, ""); });
  ASSERT_TRUE(s3().put("b", "k", stream(0, 1), {}).ok());
  EXPECT_EQ(service->requests().at(0).header("Content-Length"), "0");
}

TEST_F(S3ClientTest, ALongerStreamIsPartsOfTheirSizeAndTheRest) {
  given(takesParts(ScriptedService::answer(200, kFinished)));
  for (std::size_t piece : {std::size_t(300'000), std::size_t(100'000'000)}) {
    auto before = service->requests().size();
    auto stored = s3().put("b", "k", stream(2 * kS3PartSize + 5, piece), {});
    ASSERT_TRUE(stored.ok()) << stored.error().message;
    EXPECT_EQ(stored->etag, "e-2");
    auto seen = service->requests();
    ASSERT_EQ(seen.size() - before, 5U);
    EXPECT_EQ(seen[before + 1].line, "PUT /b/k?partNumber=1&uploadId=U%2F1 HTTP/1.1");
    EXPECT_EQ(seen[before + 1].body.size(), kS3PartSize);
    EXPECT_EQ(seen[before + 2].body.size(), kS3PartSize);
    EXPECT_EQ(seen[before + 3].body.size(), 5U);
    EXPECT_THAT(seen[before + 4].body, HasSubstr("<Part><PartNumber>3</PartNumber>"));
  }
}

TEST_F(S3ClientTest, AStreamThatFailsIsAbortedAndSaysWhy) {
  given(takesParts(ScriptedService::answer(200, kFinished)));
  auto stored = s3().put("b", "k", stream(kS3PartSize + 1, 1'000'000, true), {});
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().code, Code::kNotFound);
  EXPECT_EQ(stored.error().message, "the container is gone");
  EXPECT_EQ(lines().back(), "DELETE /b/k?uploadId=U%2F1");
}

TEST_F(S3ClientTest, AShortStreamThatFailsLeavesNothing) {
  given([](const SeenRequest&, int) { return ScriptedService::answer(200, ""); });
  EXPECT_FALSE(s3().put("b", "k", stream(5, 5, true), {}).ok());
  EXPECT_TRUE(service->requests().empty());
}

TEST_F(S3ClientTest, AStopAborts) {
  std::stop_source stop;
  given([&](const SeenRequest& seen, int number) {
    if (seen.line.starts_with("PUT")) stop.request_stop();
    return takesParts(ScriptedService::answer(200, kFinished))(seen, number);
  });
  auto stored = s3().put("b", "k", stream(3 * kS3PartSize, 1'000'000), {}, stop.get_token());
  EXPECT_FALSE(stored.ok());
  EXPECT_EQ(lines().back(), "DELETE /b/k?uploadId=U%2F1");
}

TEST_F(S3ClientTest, AnUploadThatCannotBeAbortedIsNamed) {
  given([](const SeenRequest& seen, int number) {
    if (seen.line.starts_with("DELETE")) return ScriptedService::answer(403, "");
    return takesParts(ScriptedService::answer(200, kFinished))(seen, number);
  });
  auto stored = s3().put("b", "k", stream(kS3PartSize + 1, 1'000'000, true), {});
  EXPECT_THAT(stored.error().message, HasSubstr("upload U/1 was left behind"));
}

TEST_F(S3ClientTest, ACompletionThatFailsBehindItsStatus200IsAFailure) {
  given(takesParts(ScriptedService::answer(
      200,
      "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>no</Message></Error>")));
  auto stored = s3().put("b", "k", stream(kS3PartSize + 1, 1'000'000), {});
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().awsCode, "AccessDenied");
  EXPECT_EQ(lines().back(), "DELETE /b/k?uploadId=U%2F1");
}

TEST_F(S3ClientTest, ACompletionWhoseAnswerWasLostIsFoundDone) {
  int completions = 0;
  given([&](const SeenRequest& seen, int number) -> Reaction {
    if (seen.line.starts_with("HEAD"))
      return {"HTTP/1.1 200 OK\r\nETag: \"h-2\"\r\nContent-Length: " +
              std::to_string(kS3PartSize + 1) + "\r\n\r\n"};
    bool completes =
        seen.line.starts_with("POST") && seen.line.find("uploads=") == std::string::npos;
    if (completes && ++completions == 1) return {"", Reaction::Then::kReset};
    return takesParts(ScriptedService::answer(404, "<Error><Code>NoSuchUpload</Code></Error>"))(
        seen, number);
  });
  auto stored = s3().put("b", "k", stream(kS3PartSize + 1, 1'000'000), {});
  ASSERT_TRUE(stored.ok()) << stored.error().message;
  EXPECT_EQ(stored->etag, "h-2");
}

TEST_F(S3ClientTest, ADownloadThatBreaksOffIsResumedOfTheSameObject) {
  const std::string head = "ETag: \"e\"\r\nx-amz-meta-a: b\r\n";
  given([&](const SeenRequest& seen, int) -> Reaction {
    if (seen.header("Range").empty())
      return {"HTTP/1.1 200 OK\r\n" + head + "Content-Length: 9\r\n\r\nabc",
              Reaction::Then::kClose};
    if (seen.header("Range") == "bytes=3-")
      return {"HTTP/1.1 206 Partial\r\n" + head + "Content-Length: 6\r\n\r\ndef",
              Reaction::Then::kReset};
    return {"HTTP/1.1 206 Partial\r\n" + head + "Content-Length: 3\r\n\r\nghi"};
  });
  std::string got;
  auto info = s3().get({"b", "k", "v/1"}, std::nullopt, [&](std::string_view bytes) {
    got += bytes;
    return okStatus();
  });
  ASSERT_TRUE(info.ok()) << info.error().message;
  EXPECT_EQ(got, "abcdefghi");
  EXPECT_EQ(info->size, 9U);
  EXPECT_EQ(info->metadata, (NameValues{{"a", "b"}}));
  EXPECT_EQ(service->requests().at(1).header("If-Match"), "\"e\"");
  EXPECT_EQ(lines().back(), "GET /b/k?versionId=v%2F1");
}

TEST_F(S3ClientTest, ASinkThatRefusesIsNotResumed) {
  given([](const SeenRequest&, int) { return ScriptedService::answer(200, "abc"); });
  auto info = s3().get({"b", "k"}, std::nullopt, [](std::string_view) {
    return Status(Error{Code::kUnavailable, "not now"});
  });
  EXPECT_FALSE(info.ok());
  EXPECT_EQ(service->requests().size(), 1U);
}

TEST_F(S3ClientTest, ARangeThatTheServiceIgnoresIsAnError) {
  given([](const SeenRequest&, int) { return ScriptedService::answer(200, "abc"); });
  auto info = s3().get({"b", "k"}, S3Range{1, 1}, [](std::string_view) { return okStatus(); });
  EXPECT_EQ(info.error().code, Code::kInternal);
}

TEST_F(S3ClientTest, WithoutABucketOrAKeyNothingIsAsked) {
  given([](const SeenRequest&, int) { return ScriptedService::answer(204, ""); });
  EXPECT_EQ(s3().remove({"b", ""}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(s3().head({"", "k"}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(s3().put("b", "", stream(1, 1), {}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(s3().headBucket("").error().code, Code::kInvalidArgument);
  EXPECT_TRUE(service->requests().empty());
}

TEST(S3Wire, ABucketIsInThePathOrInTheHost) {
  AwsEndpoint byHost;
  byHost.baseUrl = "https://s3.amazonaws.com";
  byHost.pathStyle = false;
  auto byPath = byHost;
  byPath.pathStyle = true;
  EXPECT_EQ(s3Call(byHost, "X", "GET", "b", "k/l").hostLabel, "b");
  EXPECT_EQ(s3Call(byHost, "X", "GET", "b", "k/l").path, "/k/l");
  EXPECT_EQ(s3Call(byHost, "X", "GET", "b.c", "k").path, "/b.c/k");  // no certificate is for it
  EXPECT_EQ(s3Call(byHost, "X", "GET", "B@evil", "k").path, "/B@evil/k");
  EXPECT_EQ(s3Call(byPath, "X", "GET", "b", "").path, "/b");
}

TEST(S3Wire, AListIsReadWithItsKeysDecoded) {
  auto page = parseList(
      "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<Contents><Key>a%20b%01+c</Key><Size>7</Size><ETag>&quot;e&quot;</ETag></Contents>"
      "<CommonPrefixes><Prefix>d%2F</Prefix></CommonPrefixes>"
      "<NextContinuationToken>T==</NextContinuationToken></ListBucketResult>");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->objects.at(0).key, "a b\x01 c");
  EXPECT_EQ(page->objects.at(0).size, 7U);
  EXPECT_EQ(page->objects.at(0).etag, "e");
  EXPECT_THAT(page->prefixes, ElementsAre("d/"));
  EXPECT_EQ(page->nextToken, "T==");
  EXPECT_FALSE(parseList("<html/>").ok());
  EXPECT_FALSE(parseList("").ok());
}

TEST(S3Wire, LocationsHaveTheirOldNames) {
  EXPECT_EQ(*parseLocation("<LocationConstraint/>"), "us-east-1");
  EXPECT_EQ(*parseLocation("<LocationConstraint>EU</LocationConstraint>"), "eu-west-1");
  EXPECT_EQ(*parseLocation("<LocationConstraint>eu-north-1</LocationConstraint>"), "eu-north-1");
}

}  // namespace
}  // namespace kiln::runtime
