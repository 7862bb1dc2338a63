// S3 as a whole, without HTTP: requests in, responses and events out, over a real store in memory.
#include "api/s3/service.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/http/percent.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

template <typename T>
T got(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

class TextBody final : public BodyReader {
 public:
  TextBody(std::string text, std::optional<Code> broken)
      : text_(std::move(text)), broken_(broken) {}
  Result<std::string> read(std::size_t most) override {
    if (text_.empty() && broken_) return Error{*broken_, "it ends here"};
    std::string some = text_.substr(0, std::min<std::size_t>(most, 3));
    text_.erase(0, some.size());
    return some;
  }

 private:
  std::string text_;
  std::optional<Code> broken_;
};

class CollectedBody final : public BodyWriter {
 public:
  bool write(std::string_view bytes) override {
    text += bytes;
    return true;
  }
  bool waitClosed(std::chrono::milliseconds) override { return false; }
  std::string text;
};

class S3ServiceTest : public testing::Test {
 protected:
  S3ServiceTest()
      : directory_(std::filesystem::temp_directory_path() / ("kiln-s3-" + newUuid())),
        env_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
        store_(got(store::openRocksStore(
            {.directory = "/kiln/db", .feedWindow = 1000, .env = env_.get()}))),
        objects_(got(store::openObjectStore({.directory = directory_}, *store_, clock_))),
        service_(*objects_, clock_) {}
  ~S3ServiceTest() override {
    objects_.reset();
    std::filesystem::remove_all(directory_);
  }

  Response call(std::string method, const std::string& target, std::string body = "",
                Headers headers = {}, std::optional<Code> broken = {}) {
    Request request;
    request.method = std::move(method);
    request.path = target.substr(0, target.find('?'));
    if (request.path.size() < target.size()) {
      request.rawQuery = target.substr(request.path.size() + 1);
      request.query = parseQuery(request.rawQuery);
    }
    request.headers = std::move(headers);
    request.headers.try_emplace("host", "localhost");
    if (!body.empty() || request.method == "PUT")
      request.headers.try_emplace("content-length", std::to_string(body.size()));
    if (!body.empty()) request.stream = std::make_shared<TextBody>(std::move(body), broken);
    request.scope = {"000000000000", "us-east-1"};
    request.id = newUuid();
    request.remoteAddress = "10.0.0.9";
    BodyBudget::Share share(bodies_);
    request.share = &share;
    Response response = service_.handle(request);
    if (response.stream && request.method != "HEAD") {
      CollectedBody collected;
      response.stream(collected);
      response.body = collected.text;
    }
    return response;
  }

  std::vector<json> events() {
    std::vector<json> all;
    for (const auto& entry : got(store_->readOutbox(0, 100)))
      all.push_back(json::parse(entry.body));
    return all;
  }

  BodyBudget bodies_{100'000};
  fakes::FakeClock clock_;
  std::filesystem::path directory_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::ObjectStore> objects_;
  S3Service service_;
};

std::string codeOf(const Response& response) {
  const auto begin = response.body.find("<Code>");
  if (begin == std::string::npos) return "";
  return response.body.substr(begin + 6, response.body.find("</Code>") - begin - 6);
}

TEST_F(S3ServiceTest, AnObjectComesBackWithItsHeaders) {
  EXPECT_EQ(call("PUT", "/bucket").status, 200);
  const Response put = call("PUT", "/bucket/a%20b", "hello", {{"x-amz-meta-m", "v"}});
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.headers.at("etag"), "\"5d41402abc4b2a76b9719d911017c592\"");
  EXPECT_EQ(put.headers.at("x-amz-request-id").size(), 16U);
  const Response get = call("GET", "/bucket/a%20b");
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.body, "hello");
  EXPECT_EQ(get.length, 5U);
  EXPECT_EQ(get.headers.at("x-amz-meta-m"), "v");
  EXPECT_EQ(get.headers.at("content-type"), "binary/octet-stream");
}

TEST_F(S3ServiceTest, ABodyThatBreaksOffOrIsShortLeavesNothing) {
  call("PUT", "/bucket");
  for (const auto& [why, code] : {std::pair{Code::kInvalidArgument, "IncompleteBody"},
                                  std::pair{Code::kUnavailable, "ServiceUnavailable"},
                                  std::pair{Code::kDeadlineExceeded, "RequestTimeout"}}) {
    EXPECT_EQ(codeOf(call("PUT", "/bucket/k", "hello", {{"content-length", "9"}}, why)), code);
  }
  EXPECT_EQ(codeOf(call("PUT", "/bucket/k", "hello", {{"content-length", "9"}})), "IncompleteBody");
  EXPECT_EQ(codeOf(call("PUT", "/bucket/k", "hello", {{"content-length", "4"}})), "IncompleteBody");
  EXPECT_EQ(codeOf(call("GET", "/bucket/k")), "NoSuchKey");
}

TEST_F(S3ServiceTest, ATrailingChecksumIsChecked) {
  call("PUT", "/bucket");
  const auto put = [&](const std::string& trailer) {
    return call("PUT", "/bucket/k", "5\r\nhello\r\n0\r\n" + trailer + "\r\n",
                {{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
                 {"content-encoding", "gzip,aws-chunked"},
                 {"x-amz-decoded-content-length", "5"},
                 {"x-amz-trailer", "x-amz-checksum-crc32"}});
  };
  EXPECT_EQ(codeOf(put("x-amz-checksum-crc32:AAAAAA==\r\n")), "BadDigest");
  EXPECT_EQ(codeOf(put("")), "MalformedTrailerError");
  EXPECT_EQ(codeOf(put("x-amz-checksum-crc32:x\r\n")), "InvalidRequest");
  EXPECT_EQ(put("x-amz-checksum-crc32:NhCmhg==\r\n").status, 200);
  const Response get = call("GET", "/bucket/k", "", {{"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_EQ(get.body, "hello");
  EXPECT_EQ(get.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(get.headers.at("x-amz-checksum-crc32"), "NhCmhg==");
}

TEST_F(S3ServiceTest, ErrorsHaveTheirStatusAndHeadHasNoBody) {
  EXPECT_EQ(codeOf(call("GET", "/no-such")), "NoSuchBucket");
  EXPECT_EQ(call("HEAD", "/no-such").status, 404);
  EXPECT_EQ(call("HEAD", "/no-such").body, "");
  EXPECT_EQ(call("PUT", "/Bad_Name").status, 400);
  call("PUT", "/bucket");
  EXPECT_EQ(call("POST", "/bucket/k").status, 400);
  EXPECT_EQ(call("PATCH", "/bucket/k").status, 405);
  EXPECT_EQ(call("GET", "/bucket?inventory&id=i").status, 501);
  EXPECT_EQ(codeOf(call("PUT", "/bucket?tagging", "<Tagging>")), "MalformedXML");
  EXPECT_EQ(codeOf(call("PUT", "/bucket/k", "x", {{"x-amz-content-sha256", std::string(64, '0')}})),
            "XAmzContentSHA256Mismatch");
  EXPECT_EQ(codeOf(call("GET", "/bucket?max-keys=x")), "InvalidArgument");
  EXPECT_EQ(codeOf(call("GET", "/bucket", "", {{"x-amz-expected-bucket-owner", "111111111111"}})),
            "AccessDenied");
}

TEST_F(S3ServiceTest, ABucketWithEventBridgeTellsOfItsObjects) {
  call("PUT", "/bucket");
  call("PUT", "/bucket/before", "x");
  call("PUT", "/bucket?notification",
       "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>");
  call("PUT", "/bucket/k", "hello");
  call("PUT", "/bucket/copy", "", {{"x-amz-copy-source", "bucket/k"}});
  call("DELETE", "/bucket/k");
  call("DELETE", "/bucket/none");
  const auto all = events();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0]["detail-type"], "Object Created");
  EXPECT_EQ(all[0]["source"], "aws.s3");
  EXPECT_EQ(all[0]["region"], "us-east-1");
  const json& detail = all[0]["detail"];
  EXPECT_EQ(detail["bucket"]["name"], "bucket");
  EXPECT_EQ(detail["object"]["key"], "k");
  EXPECT_EQ(detail["object"]["size"], 5);
  EXPECT_EQ(detail["object"]["etag"], "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(detail["reason"], "PutObject");
  EXPECT_EQ(detail["source-ip-address"], "10.0.0.9");
  EXPECT_EQ(all[1]["detail"]["reason"], "CopyObject");
  EXPECT_EQ(all[2]["detail-type"], "Object Deleted");
  EXPECT_EQ(all[2]["detail"]["deletion-type"], "Permanently Deleted");
}

TEST_F(S3ServiceTest, WithVersionsADeletionIsAMarkerInItsEvent) {
  call("PUT", "/bucket");
  call("PUT", "/bucket?notification",
       "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>");
  call("PUT", "/bucket?versioning",
       "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
  const Response put = call("PUT", "/bucket/k", "one");
  const Response removed = call("DELETE", "/bucket/k");
  EXPECT_EQ(removed.status, 204);
  EXPECT_EQ(removed.headers.at("x-amz-delete-marker"), "true");
  const Response get = call("GET", "/bucket/k");
  EXPECT_EQ(get.status, 404);
  EXPECT_EQ(get.headers.at("x-amz-delete-marker"), "true");
  const auto all = events();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["detail"]["object"]["version-id"], put.headers.at("x-amz-version-id"));
  EXPECT_EQ(all[1]["detail"]["deletion-type"], "Delete Marker Created");
  EXPECT_EQ(all[1]["detail"]["object"]["version-id"], removed.headers.at("x-amz-version-id"));
}

TEST_F(S3ServiceTest, ADocumentThatTheOtherBodiesLeaveNoRoomForIsToBeSentAgainAnObjectIsNot) {
  call("PUT", "/bucket");
  const std::string removal =
      "<Delete><Object><Key>none</Key></Object>" + std::string(300'000, ' ') + "</Delete>";
  EXPECT_EQ(codeOf(call("POST", "/bucket?delete", removal)), "SlowDown");
  EXPECT_EQ(call("POST", "/bucket?delete", removal).status, 503);
  EXPECT_EQ(call("PUT", "/bucket/key", removal).status, 200);
  EXPECT_EQ(
      call("POST", "/bucket?delete", "<Delete><Object><Key>none</Key></Object></Delete>").status,
      200);
}

}  // namespace
}  // namespace kiln::api::s3
