#include "runtime/artifacts/upload_target.h"

#include <array>
#include <utility>

#include "controller/core/text.h"
#include "controller/core/utf8.h"
#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kLongestKey = 1024;
constexpr const char* kAnyBytes = "binary/octet-stream";  // what S3 itself says of them

constexpr std::array<std::pair<std::string_view, const char*>, 24> kTypesByEnding = {{
    {".avif", "image/avif"},
    {".css", "text/css; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".gif", "image/gif"},
    {".gz", "application/gzip"},
    {".htm", "text/html; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".jar", "application/java-archive"},
    {".jpeg", "image/jpeg"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".pdf", "application/pdf"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
    {".xml", "text/xml; charset=utf-8"},
    {".yaml", "application/yaml"},
    {".zip", "application/zip"},
}};

}  // namespace

UploadTarget::UploadTarget(AwsClient& awsClient, AwsEndpoint s3, const Build& build,
                           const ArtifactOutput& output, std::string objectKey,
                           std::stop_token stopping)
    : client(awsClient),
      endpoint(std::move(s3)),
      bucket(output.bucket),
      key(std::move(objectKey)),
      buildArn(build.id.arn()),
      owned(putOptionsOf(output.encryptionDisabled ? "" : build.spec.encryptionKey,
                         output.bucketOwnerAccess)),
      stop(std::move(stopping)) {}

S3PutOptions UploadTarget::optionsFor(const Digests& digests, std::string contentType) const {
  S3PutOptions options = owned;
  options.contentType = std::move(contentType);
  options.metadata = {{"codebuild-buildarn", buildArn},
                      {"codebuild-content-md5", digests.md5},
                      {"codebuild-content-sha256", digests.sha256}};
  return options;
}

std::string UploadTarget::keyOf(std::string_view name) const {
  std::string whole = key;
  if (!whole.empty() && !whole.ends_with('/')) whole += '/';
  return whole.append(name);
}

std::optional<UploadFault> checkBucket(const UploadTarget& target) {
  auto region = target.s3().bucketLocation(target.bucket, target.stop);
  if (!region.ok()) {
    const bool decides = region.error().code == Code::kNotFound || region.error().retryable();
    return decides ? std::optional(UploadFault::of(region.error())) : std::nullopt;
  }
  // Of other makers' stores, buckets have no region or only one.
  if (target.endpoint.embedded && *region != target.endpoint.region) return UploadFault::ofRegion();
  return std::nullopt;
}

// Which of these CodeBuild itself finds, and in which words, is not established but for the first.
std::optional<UploadFault> checkKey(const std::string& key) {
  if (key.empty()) {  // in the words of the SDK that CodeBuild uses
    return UploadFault::ofPlace(
        "InvalidParameter: 1 validation error(s) found.\n- minimum field size of 1, "
        "PutObjectInput.Key.\n");
  }
  if (asUtf8(key) != key)
    return UploadFault::ofPlace("the key " + shown(key) +
                                " is no UTF-8, as the name of an object must be");
  if (key.size() > kLongestKey) {
    return UploadFault::ofPlace(
        "KeyTooLongError: Your key is too long: " + std::to_string(key.size()) +
        " bytes, at most " + std::to_string(kLongestKey) + ": " + shown(key));
  }
  return std::nullopt;
}

std::string contentTypeOf(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return kAnyBytes;
  const std::string ending = lowered(name.substr(dot));
  for (const auto& [known, type] : kTypesByEnding) {
    if (known == ending) return type;
  }
  return kAnyBytes;
}

}  // namespace kiln::runtime
