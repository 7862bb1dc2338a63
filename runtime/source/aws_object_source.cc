#include "runtime/source/aws_object_source.h"

#include <curl/curl.h>

#include <utility>

namespace kiln::runtime {
namespace {

// Of a header or of a listing; the epoch for a text that is neither.
TimePoint timeOf(const std::string& text) {
  const std::time_t seconds = curl_getdate(text.c_str(), nullptr);
  if (seconds >= 0) return fromUnixMillis(static_cast<std::int64_t>(seconds) * 1000);
  std::tm parts{};  // 2009-10-12T17:50:30.000Z
  if (::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return {};
  return fromUnixMillis(static_cast<std::int64_t>(::timegm(&parts)) * 1000);
}

ObjectError failure(const AwsError& error) {
  ObjectError failed{std::nullopt, error};
  if (error.status != 0 &&
      !error.retryable()) {  // an S3 that is in trouble says nothing of the object
    failed.answer = S3Answer{error.awsCode, error.awsMessage, static_cast<int>(error.status),
                             error.requestId, error.hostId};
  }
  return failed;
}

ObjectInfo infoOf(const S3ObjectInfo& info) {
  return {static_cast<std::int64_t>(info.size), info.versionId, timeOf(info.lastModified)};
}

S3Object objectOf(const ObjectName& name) { return {name.bucket, name.key, name.versionId}; }

}  // namespace

S3Client AwsObjectSource::in(const Scope& scope) const {
  return {client_, endpoints_.resolve(AwsService::kS3, scope)};
}

ObjectResult<ObjectInfo> AwsObjectSource::head(const Scope& scope, const ObjectName& name,
                                               std::stop_token stop) {
  auto info = in(scope).head(objectOf(name), std::move(stop));
  if (!info.ok()) return failure(info.error());
  return infoOf(*info);
}

ObjectResult<ObjectInfo> AwsObjectSource::get(const Scope& scope, const ObjectName& name,
                                              const std::function<Status(std::string_view)>& sink,
                                              std::stop_token stop) {
  auto info = in(scope).get(objectOf(name), std::nullopt, sink, std::move(stop));
  if (!info.ok()) return failure(info.error());
  return infoOf(*info);
}

ObjectResult<ObjectPage> AwsObjectSource::list(const Scope& scope, const std::string& bucket,
                                               const std::string& prefix, const std::string& token,
                                               std::stop_token stop) {
  auto page = in(scope).list(bucket, {.prefix = prefix, .token = token}, std::move(stop));
  if (!page.ok()) return failure(page.error());
  ObjectPage out{.objects = {}, .next = std::move(page->nextToken)};
  for (const auto& one : page->objects) {
    out.objects.push_back({one.key, static_cast<std::int64_t>(one.size), timeOf(one.lastModified)});
  }
  return out;
}

}  // namespace kiln::runtime
