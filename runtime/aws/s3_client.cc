#include "runtime/aws/s3_client.h"

#include <algorithm>

#include "runtime/aws/s3_upload.h"
#include "runtime/aws/s3_wire.h"

namespace kiln::runtime {
namespace {

AwsError unnamed(const std::string& operation) {
  return {{Code::kInvalidArgument, operation + ": a bucket and a key are needed, one is empty"}};
}

bool isWhole(const S3Object& object) { return !object.bucket.empty() && !object.key.empty(); }

template <typename T>
AwsResult<T> parsed(const AwsCall& call, Result<T> result) {
  if (result.ok()) return *std::move(result);
  return AwsError{{result.error().code, call.attempted + ": " + result.error().message}};
}

// One download, over as many answers as it takes.
struct Download {
  const ByteSink& sink;
  S3Range range;
  bool ranged = false;  // asked for by the caller
  S3ObjectInfo info = {};
  bool begun = false;
  std::uint64_t received = 0;
  bool refused = false;  // by the sink

  Status takeHead(const AwsReply& reply) {
    if (!begun) {
      info = objectInfoOf(reply);
      begun = true;
      if (ranged && reply.status != 206)
        return Error{Code::kInternal, "a range was asked for and the whole was answered"};
      return okStatus();
    }
    if (reply.status == 206) return okStatus();
    return Error{Code::kInternal,
                 "the rest of the object was asked for and the whole was answered"};
  }

  Status take(std::string_view bytes) {
    received += bytes.size();
    auto taken = sink(bytes);
    refused = !taken.ok();
    return taken;
  }

  bool complete() const { return begun && received == info.size; }

  AwsCall next(AwsCall call) {
    if (ranged || received > 0) {
      call.headers.emplace_back("Range", "bytes=" + std::to_string(range.first + received) + "-" +
                                             (range.last ? std::to_string(*range.last) : ""));
    }
    if (received > 0 && !info.etag.empty())
      call.headers.emplace_back("If-Match", "\"" + info.etag + "\"");
    call.onHead = [this](const AwsReply& reply) { return takeHead(reply); };
    call.sink = [this](std::string_view bytes) { return take(bytes); };
    return call;
  }
};

}  // namespace

S3Client::S3Client(AwsClient& client, AwsEndpoint endpoint)
    : client_(client), endpoint_(std::move(endpoint)) {}

AwsResult<S3ObjectInfo> S3Client::head(const S3Object& object, std::stop_token stop) {
  if (!isWhole(object)) return unnamed("HeadObject");
  auto call = s3Call(endpoint_, "HeadObject", "HEAD", object.bucket, object.key);
  if (!object.version.empty()) call.query = {{"versionId", object.version}};
  call.stop = stop;
  auto reply = client_.call(endpoint_, call);
  if (!reply.ok()) return reply.error();
  return objectInfoOf(*reply);
}

AwsResult<S3ObjectInfo> S3Client::get(const S3Object& object, const std::optional<S3Range>& range,
                                      const ByteSink& sink, std::stop_token stop) {
  if (!isWhole(object)) return unnamed("GetObject");
  auto call = s3Call(endpoint_, "GetObject", "GET", object.bucket, object.key);
  if (!object.version.empty()) call.query = {{"versionId", object.version}};
  call.stop = stop;
  Download download{.sink = sink, .range = range.value_or(S3Range{}), .ranged = range.has_value()};
  for (int fruitless = 0;;) {
    const auto before = download.received;
    auto reply = client_.call(endpoint_, download.next(call));
    if (reply.ok() || (download.complete() && !download.refused)) return std::move(download.info);
    fruitless = download.received > before ? 0 : fruitless + 1;
    bool brokeOff = download.received > 0 && !download.refused && !stop.stop_requested() &&
                    reply.error().code == Code::kUnavailable;
    if (!brokeOff || fruitless >= client_.options().attempts) return reply.error();
  }
}

AwsResult<S3Stored> S3Client::put(const std::string& bucket, const std::string& key,
                                  const ByteSource& source, const S3PutOptions& options,
                                  std::stop_token stop) {
  if (!isWhole({bucket, key})) return unnamed("PutObject");
  return S3Upload(client_, endpoint_, {bucket, key}, options, stop).run(source);
}

AwsResult<S3Stored> S3Client::putWhole(const std::string& bucket, const std::string& key,
                                       const BodySource& body, const S3PutOptions& options,
                                       std::stop_token stop) {
  if (!isWhole({bucket, key})) return unnamed("PutObject");
  auto call = s3Call(endpoint_, "PutObject", "PUT", bucket, key);
  call.headers = putHeaders(options);
  call.source = body;
  call.stop = stop;
  auto reply = client_.call(endpoint_, call);
  if (!reply.ok()) return reply.error();
  return S3Stored{withoutQuotes(reply->header("etag")), reply->header("x-amz-version-id"),
                  body.length};
}

AwsResult<S3Page> S3Client::list(const std::string& bucket, const S3ListOptions& options,
                                 std::stop_token stop) {
  if (bucket.empty()) return unnamed("ListObjectsV2");
  auto call = s3Call(endpoint_, "ListObjectsV2", "GET", bucket, "");
  call.query = {{"list-type", "2"},
                {"encoding-type", "url"},
                {"max-keys", std::to_string(options.maxKeys)},
                {"prefix", options.prefix}};
  if (!options.delimiter.empty()) call.query.emplace_back("delimiter", options.delimiter);
  if (!options.token.empty()) call.query.emplace_back("continuation-token", options.token);
  call.stop = stop;
  auto reply = client_.call(endpoint_, call);
  if (!reply.ok()) return reply.error();
  return parsed(call, parseList(reply->body));
}

AwsResult<Done> S3Client::remove(const S3Object& object, std::stop_token stop) {
  if (!isWhole(object)) return unnamed("DeleteObject");
  auto call = s3Call(endpoint_, "DeleteObject", "DELETE", object.bucket, object.key);
  if (!object.version.empty()) call.query = {{"versionId", object.version}};
  call.stop = stop;
  auto reply = client_.call(endpoint_, call);
  if (!reply.ok()) return reply.error();
  return Done{};
}

AwsResult<std::string> S3Client::headBucket(const std::string& bucket, std::stop_token stop) {
  if (bucket.empty()) return unnamed("HeadBucket");
  auto call = s3Call(endpoint_, "HeadBucket", "HEAD", bucket, "");
  call.stop = stop;
  auto reply = client_.call(endpoint_, call);
  if (!reply.ok()) return reply.error();
  return reply->header("x-amz-bucket-region");
}

AwsResult<std::string> S3Client::bucketLocation(const std::string& bucket, std::stop_token stop) {
  if (bucket.empty()) return unnamed("GetBucketLocation");
  auto call = s3Call(endpoint_, "GetBucketLocation", "GET", bucket, "");
  call.query = {{"location", ""}};
  call.stop = stop;
  auto reply = client_.call(endpoint_, call);
  if (!reply.ok()) return reply.error();
  return parsed(call, parseLocation(reply->body));
}

}  // namespace kiln::runtime
