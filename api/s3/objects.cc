#include "api/s3/objects.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "api/model/base64.h"
#include "api/model/timestamp.h"
#include "api/s3/names.h"

namespace kiln::api::s3 {
namespace {

TimePoint toSeconds(TimePoint time) { return std::chrono::floor<Seconds>(time); }

// `*`, or a list of ETags of which one is `etag`.
bool anyMatches(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    const auto begin = one.find_first_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    one = one.substr(begin, one.find_last_not_of(" \t") - begin + 1);
    if (one == "*" || unquoted(one) == etag) return true;
  }
  return false;
}

S3Error toNotModified(const store::ObjectInfo& info) {
  S3Error error{"NotModified", "Not Modified", 304};
  error.headers["etag"] = inQuotes(info.etag);
  error.headers["last-modified"] = toHttpDate(info.modified);
  if (info.versionId != store::kNullVersion) error.headers["x-amz-version-id"] = info.versionId;
  return error;
}

S3Error markerError(const Call& call, const store::ObjectInfo& marker,
                    const std::string& versionId) {
  S3Error error = versionId.empty() ? noSuchKey(marker.key)
                                    : s3Error("MethodNotAllowed")
                                          .with("Method", call.request.method)
                                          .with("ResourceType", "DeleteMarker");
  error.headers["x-amz-delete-marker"] = "true";
  error.headers["x-amz-version-id"] = marker.versionId;
  if (!versionId.empty()) {
    error.headers["allow"] = "DELETE";
    error.headers["last-modified"] = toHttpDate(marker.modified);
  }
  return error;
}

}  // namespace

namespace {

// Of the form that versions have; others cannot be there.
bool isVersionId(std::string_view id) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  };
  return id == store::kNullVersion ||
         (id.size() == 32 && std::all_of(id.begin(), id.end(), allowed));
}

}  // namespace

S3Result<std::string> versionOf(const Call& call) {
  if (call.request.query.contains("versionId") && call.text("VersionId").empty())
    return invalidArgument("Version id cannot be the empty string", "versionId", "");
  std::string versionId = call.text("VersionId");
  if (!versionId.empty() && !isVersionId(versionId))
    return invalidArgument("Invalid version id specified", "versionId", versionId);
  return versionId;
}

S3Result<store::ObjectInfo> findObject(const Call& call, const store::ObjectName& name,
                                       const std::string& versionId) {
  auto info = call.deps.objects.find(name, versionId);
  if (!info.ok()) return fromStore(info.error(), name.bucket.name);
  if (!*info) return versionId.empty() ? noSuchKey(name.key) : noSuchVersion(name.key, versionId);
  if ((*info)->deleteMarker) return markerError(call, **info, versionId);
  return std::move(**info);
}

S3Result<std::shared_ptr<store::ObjectReader>> openObject(const Call& call,
                                                          const store::ObjectName& name,
                                                          const std::string& versionId) {
  auto reader = call.deps.objects.open(name, versionId);
  if (reader.ok()) return std::shared_ptr(std::move(*reader));
  const Code code = reader.error().code;
  if (code != Code::kNotFound && code != Code::kFailedPrecondition)
    return fromStore(reader.error(), name.bucket.name);
  auto found = findObject(call, name, versionId);
  if (!found.ok()) return found.error();
  return s3Error("ConditionalRequestConflict");  // it came to be between the two looks
}

std::optional<S3Error> checkRead(const ReadConditions& c, const store::ObjectInfo& info,
                                 bool copy) {
  const TimePoint modified = toSeconds(info.modified);
  const std::string prefix = copy ? "x-amz-copy-source-" : "";
  if (!c.ifMatch.empty()) {
    if (!anyMatches(c.ifMatch, info.etag))
      return preconditionFailed(copy ? prefix + "If-Match" : "If-Match");
  } else if (c.ifUnmodifiedSince && modified > *c.ifUnmodifiedSince) {
    return preconditionFailed(prefix + "If-Unmodified-Since");
  }
  const bool unchanged = !c.ifNoneMatch.empty()
                             ? anyMatches(c.ifNoneMatch, info.etag)
                             : c.ifModifiedSince && modified <= *c.ifModifiedSince;
  if (!unchanged) return std::nullopt;
  if (!copy) return toNotModified(info);
  return preconditionFailed(prefix +
                            (c.ifNoneMatch.empty() ? "If-Modified-Since" : "If-None-Match"));
}

S3Result<store::Condition> writeCondition(const Call& call) {
  store::Condition condition;
  const std::string none = call.text("IfNoneMatch");
  const std::string match = call.text("IfMatch");
  if (!none.empty() && unquoted(none) != "*")
    return s3Error("NotImplemented").with("Header", "If-None-Match");
  if (!none.empty() && !match.empty())
    return s3Error("NotImplemented").with("Header", "If-Match, If-None-Match");
  condition.absent = !none.empty();
  condition.etag = unquoted(match);
  return condition;
}

S3Error fromConditionalWrite(const Error& error, const Call& call,
                             const store::Condition& condition) {
  if (error.code == Code::kFailedPrecondition)
    return preconditionFailed(condition.absent ? "If-None-Match" : "If-Match");
  if (error.code == Code::kNotFound) return noSuchKey(call.key);
  return fromStore(error, call.bucket);
}

S3Result<Received> receive(const Call& call, Algorithm fallback) {
  auto incoming = Incoming::open(call.request, fallback);
  if (!incoming.ok()) return incoming.error();
  if (incoming->length() > kMostPut) {
    return s3Error("EntityTooLarge")
        .with("ProposedSize", std::to_string(incoming->length()))
        .with("MaxSizeAllowed", std::to_string(kMostPut));
  }
  auto writer = call.deps.objects.newBody();
  while (true) {
    auto bytes = incoming->read();
    if (!bytes.ok()) return bytes.error();
    if (bytes->empty()) break;
    const auto written = writer->write(*bytes);
    if (!written.ok()) return fromStore(written.error(), call.bucket);
  }
  auto body = writer->finish();
  if (!body.ok()) return fromStore(body.error(), call.bucket);
  if (auto wrong = incoming->checkMd5((*body)->md5())) return *wrong;
  return Received{std::move(*body), *incoming->digest()};
}

KnownChecksum toKnown(const DigestValue& digest) {
  return {digest.algorithm, toBase64(digest.raw), false};
}

Status readAll(store::ObjectReader& reader, const std::function<Status(std::string_view)>& take) {
  while (true) {
    auto bytes = reader.read();
    if (!bytes.ok()) return bytes.error();
    if (bytes->empty()) return okStatus();
    if (auto taken = take(*bytes); !taken.ok()) return taken;
  }
}

}  // namespace kiln::api::s3
