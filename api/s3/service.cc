#include "api/s3/service.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "api/model/base64.h"
#include "api/model/rest.h"
#include "api/model/validator.h"
#include "api/model/xml.h"
#include "api/s3/call.h"
#include "api/s3/cors.h"
#include "api/s3/incoming.h"
#include "api/s3/names.h"
#include "api/s3/post_object.h"
#include "api/s3/presigned.h"
#include "api/s3/violations.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

constexpr std::string_view kXmlns = "http://s3.amazonaws.com/doc/2006-03-01/";
constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

Operations allOperations() {
  Operations operations;
  addBuckets(operations);
  addBucketConfigs(operations);
  addAcls(operations);
  addObjectReads(operations);
  addObjectWrites(operations);
  addCopies(operations);
  addDeletes(operations);
  addTagging(operations);
  addListings(operations);
  addVersionListings(operations);
  addUploads(operations);
  addUploadParts(operations);
  addCompletions(operations);
  addObjectAttributes(operations);
  return operations;
}

std::set<std::string, std::less<>> namesOf(const Operations& operations) {
  std::set<std::string, std::less<>> names;
  for (const auto& [name, operation] : operations) names.insert(name);
  return names;
}

// 16 digits, as S3's are.
std::string requestIdOf(const std::string& uuid) {
  std::string id;
  for (const char c : uuid) {
    if (c != '-' && id.size() < 16)
      id += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return id;
}

std::string hostIdOf(const std::string& requestId) {
  return toBase64(digestOf(Algorithm::kSha256, requestId));
}

Response toResponse(const S3Error& error, const Request& request) {
  Response response{error.status, error.headers, ""};
  const bool bodyless = request.method == "HEAD" || error.status == 304;
  if (bodyless) return response;
  response.headers["content-type"] = "application/xml";
  response.body = toXml(error, request.id, hostIdOf(request.id));
  return response;
}

Response toResponse(Reply reply, const OperationModel& operation) {
  RestAnswer shaped = shapeOutput(operation, *reply.output, rootOf(operation.name), kXmlns);
  Response response{reply.status != 0 ? reply.status : operation.successStatus,
                    std::move(shaped.headers), std::move(shaped.body)};
  if (!reply.xml.empty()) response.body = std::move(reply.xml);
  for (auto& [name, value] : reply.headers) response.headers[name] = std::move(value);
  if (response.body.starts_with('<')) {
    response.headers["content-type"] = "application/xml";
    response.body.insert(0, kDeclaration);
  }
  response.stream = std::move(reply.stream);
  response.length = reply.length;
  return response;
}

// The body of an operation that reads it whole.
S3Result<std::string> readWhole(const Request& request, const OperationModel& operation) {
  if (request.stream == nullptr) return request.body;
  auto incoming = Incoming::open(request, std::nullopt);
  if (!incoming.ok()) return incoming.error();
  if (operation.name == "CompleteMultipartUpload") incoming->ignoreChecksum();
  if (incoming->length() > kMaxXmlBytes) return s3Error("MaxMessageLengthExceeded");
  std::string body;
  while (true) {
    auto bytes = incoming->read();
    if (!bytes.ok()) return bytes.error();
    if (bytes->empty()) break;
    body += *bytes;
    if (request.share != nullptr && !request.share->growTo(body.capacity()))
      return s3Error("SlowDown");
  }
  if (incoming->hasMd5()) {
    if (auto wrong = incoming->checkMd5(md5Hex(body))) return *wrong;
  }
  return body;
}

}  // namespace

struct S3Service::Impl {
  Deps deps;
  ServiceModel model = ServiceModel::loadNamed("s3");
  Operations operations = allOperations();
  RestRoutes routes{model, namesOf(operations)};

  Response answer(Request& request) const {
    auto target = targetOf(request);
    if (!target.ok()) return toResponse(target.error(), request);
    if (auto wrong = checkExpiry(request, deps.clock.now())) return toResponse(*wrong, request);
    Response response = request.method == "OPTIONS"      ? answerOptions(request, *target)
                        : isPostObject(request, *target) ? answerForm(request, *target)
                                                         : answerOperation(request, *target);
    addCors(request, target->bucket, response);
    return response;
  }

  Response answerOptions(Request& request, const Target& target) const {
    const json none = json::object();
    auto reply = preflight({deps, request, none, "OPTIONS", target.bucket, target.key});
    if (!reply.ok()) return toResponse(reply.error(), request);
    return {200, std::move(reply->headers), ""};
  }

  Response answerForm(Request& request, const Target& target) const {
    const json none = json::object();
    auto reply = postObject({deps, request, none, "PostObject", target.bucket, ""});
    if (!reply.ok()) return toResponse(reply.error(), request);
    Response response{reply->status, std::move(reply->headers), std::move(reply->xml)};
    return response;
  }

  Response answerOperation(Request& request, const Target& target) const {
    RestCall call{request.method, {}, request.query, request.headers};
    if (!target.bucket.empty()) call.labels["Bucket"] = target.bucket;
    if (!target.key.empty()) call.labels["Key"] = target.key;
    const OperationModel* operation = routes.find(call);
    if (operation == nullptr) {
      return toResponse(s3Error("MethodNotAllowed")
                            .with("Method", request.method)
                            .with("ResourceType", target.key.empty() ? "BUCKET" : "OBJECT"),
                        request);
    }
    auto reply = perform(*operation, call, request, target);
    if (!reply.ok()) return toResponse(reply.error(), request);
    return toResponse(std::move(*reply), *operation);
  }

  S3Result<Reply> perform(const OperationModel& operation, const RestCall& call, Request& request,
                          const Target& target) const {
    const auto handler = operations.find(operation.name);
    if (handler == operations.end()) {
      return s3Error("NotImplemented", operation.name + " is not implemented by Kiln yet");
    }
    if (!target.bucket.empty() && !isBucketName(target.bucket))
      return s3Error("InvalidBucketName").with("BucketName", target.bucket);
    const std::string_view owner = request.header("x-amz-expected-bucket-owner");
    if (!owner.empty() && owner != request.scope.account) return s3Error("AccessDenied");
    std::string body;
    if (readsBody(operation) && request.stream != nullptr) {
      auto read = readWhole(request, operation);
      if (!read.ok()) return read.error();
      body = std::move(*read);
    }
    auto input = bindInput(operation, call, body);
    if (!input.ok()) return toError(operation, input.error());
    if (auto wrong = findViolation(*operation.input, *input)) return toError(operation, *wrong);
    return handler->second({deps, request, *input, operation.name, target.bucket, target.key});
  }

  void addCors(const Request& request, const std::string& bucket, Response& response) const {
    const std::string_view origin = request.header("origin");
    if (origin.empty() || bucket.empty() || request.method == "OPTIONS") return;
    const auto text = deps.objects.findDocument({request.scope.account, bucket}, "cors");
    if (!text.ok() || !*text) return;
    for (auto& [name, value] : corsHeaders(json::parse(**text), origin, request.method, ""))
      response.headers[name] = value;
  }
};

S3Service::S3Service(store::ObjectStore& objects, const Clock& clock)
    : impl_(new Impl{.deps = {objects, clock}}) {}

S3Service::~S3Service() = default;

bool S3Service::claims(const Request& request) {
  return bucketOfHost(request.header("host")).has_value();
}

Response S3Service::handle(Request& request) const {
  request.id = requestIdOf(request.id);
  Response response;
  try {
    response = impl_->answer(request);
  } catch (const std::exception& thrown) {
    spdlog::error("event=s3_threw method={} request={} what=\"{}\"", request.method, request.id,
                  thrown.what());
    response = toResponse(s3Error("InternalError"), request);
  }
  response.headers["x-amz-request-id"] = request.id;
  response.headers["x-amz-id-2"] = hostIdOf(request.id);
  return response;
}

}  // namespace kiln::api::s3
