#include "runtime/aws/s3_upload.h"

#include <utility>

#include "runtime/aws/base_url.h"
#include "runtime/aws/s3_client.h"
#include "runtime/aws/s3_wire.h"

namespace kiln::runtime {
namespace {

constexpr int kCompletions = 3;
constexpr Millis kAbortLimit{30'000};

AwsError asAwsError(Error error) { return AwsError{std::move(error)}; }

}  // namespace

S3Upload::S3Upload(AwsClient& client, const AwsEndpoint& endpoint, S3Object object,
                   const S3PutOptions& options, std::stop_token stop)
    : client_(client),
      endpoint_(endpoint),
      object_(std::move(object)),
      options_(options),
      stop_(std::move(stop)) {}

AwsResult<S3Stored> S3Upload::run(const ByteSource& source) {
  auto first = nextPart(source);
  if (!first.ok()) return first.error();
  return ended_ ? putWhole(*std::move(first)) : putParts(*std::move(first), source);
}

// A whole part, or less where the stream ends.
AwsResult<std::string> S3Upload::nextPart(const ByteSource& source) {
  auto part = std::exchange(surplus_, {});
  while (!ended_ && part.size() <= kS3PartSize) {
    if (stop_.stop_requested())
      return asAwsError({Code::kUnavailable, callOf("PutObject", "").attempted + ": stopped"});
    auto bytes = source();
    if (!bytes.ok()) return asAwsError(bytes.error());
    ended_ = bytes->empty();
    if (part.capacity() == 0 && bytes->size() < kS3PartSize) part.reserve(bytes->size());
    part += *bytes;
  }
  if (part.size() > kS3PartSize) {
    surplus_ = part.substr(kS3PartSize);
    part.resize(kS3PartSize);
  }
  return part;
}

AwsCall S3Upload::callOf(const std::string& operation, const std::string& method) const {
  auto call = s3Call(endpoint_, operation, method, object_.bucket, object_.key);
  call.stop = stop_;
  return call;
}

// Where bytes leave the machine, S3 checks what arrived.
void S3Upload::addDigest(AwsCall& call) const {
  auto url = BaseUrl::parse(endpoint_.baseUrl);
  if (url.ok() && !url->loopback()) call.headers.emplace_back("Content-MD5", md5Base64(call.body));
}

AwsResult<S3Stored> S3Upload::putWhole(std::string body) {
  auto call = callOf("PutObject", "PUT");
  const auto size = body.size();
  call.headers = putHeaders(options_);
  call.body = std::move(body);
  addDigest(call);
  auto reply = client_.call(endpoint_, call);
  if (!reply.ok()) return reply.error();
  return S3Stored{withoutQuotes(reply->header("etag")), reply->header("x-amz-version-id"), size};
}

AwsResult<S3Stored> S3Upload::putParts(std::string first, const ByteSource& source) {
  auto create = callOf("CreateMultipartUpload", "POST");
  create.query = {{"uploads", ""}};
  create.headers = putHeaders(options_);
  auto created = client_.call(endpoint_, create);
  if (!created.ok()) return created.error();
  auto id = parseUploadId(created->body);
  if (!id.ok()) return asAwsError({id.error().code, create.attempted + ": " + id.error().message});
  uploadId_ = *std::move(id);
  auto sent = sendParts(std::move(first), source);
  if (!sent.ok()) return aborted(sent.error());
  auto stored = complete();
  if (!stored.ok()) return aborted(stored.error());
  return stored;
}

AwsResult<Done> S3Upload::sendParts(std::string part, const ByteSource& source) {
  while (true) {
    if (auto sent = sendPart(std::move(part)); !sent.ok()) return sent;
    if (ended_ && surplus_.empty()) return Done{};
    auto next = nextPart(source);
    if (!next.ok()) return next.error();
    if (next->empty()) return Done{};
    part = *std::move(next);
  }
}

AwsResult<Done> S3Upload::sendPart(std::string part) {
  auto call = callOf("UploadPart", "PUT");
  if (etags_.size() == kS3MostParts) {
    return asAwsError({Code::kResourceExhausted,
                       call.attempted + ": longer than " + std::to_string(kS3MostParts) +
                           " parts of 8 MiB, the most that an upload may have"});
  }
  size_ += part.size();
  call.query = {{"partNumber", std::to_string(etags_.size() + 1)}, {"uploadId", uploadId_}};
  call.body = std::move(part);
  addDigest(call);
  auto reply = client_.call(endpoint_, call);
  if (!reply.ok()) return reply.error();
  etags_.push_back(withoutQuotes(reply->header("etag")));
  return Done{};
}

// S3 may answer 200 and then, in the body, that it failed.
AwsResult<S3Stored> S3Upload::complete() {
  auto call = callOf("CompleteMultipartUpload", "POST");
  call.query = {{"uploadId", uploadId_}};
  call.headers = {{"Content-Type", "application/xml"}};
  call.body = completeBody(etags_);
  for (int number = 1;; ++number) {
    auto reply = client_.call(endpoint_, call);
    if (!reply.ok()) {
      bool gone = reply.error().awsCode == "NoSuchUpload";
      return gone ? completedBefore(reply.error()) : AwsResult<S3Stored>(reply.error());
    }
    auto etag = parseCompleted(reply->body);
    if (etag.ok()) return S3Stored{*etag, reply->header("x-amz-version-id"), size_};
    auto fault = faultOf(500, reply->body, "");
    if (number == kCompletions || !mayRetry(fault, 500))
      return errorOf(fault, 500, call.attempted, endpoint_.credentials);
  }
}

// An upload that is gone was completed by an attempt whose answer was lost, when the object is there as it was sent.
AwsResult<S3Stored> S3Upload::completedBefore(const AwsError& refused) {
  auto found = S3Client(client_, endpoint_).head(object_, stop_);
  bool ours = found.ok() && found->size == size_ &&
              found->etag.ends_with("-" + std::to_string(etags_.size()));
  if (!ours) return refused;
  return S3Stored{found->etag, found->versionId, size_};
}

AwsError S3Upload::aborted(AwsError error) {
  auto call = callOf("AbortMultipartUpload", "DELETE");
  call.query = {{"uploadId", uploadId_}};
  call.whole = kAbortLimit;
  call.stop = {};  // also when the upload was stopped
  auto reply = client_.call(endpoint_, call);
  if (!reply.ok() && reply.error().awsCode != "NoSuchUpload")
    error.message += "; upload " + uploadId_ + " was left behind: " + reply.error().message;
  return error;
}

}  // namespace kiln::runtime
