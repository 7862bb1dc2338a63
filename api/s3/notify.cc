#include "api/s3/notify.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "store/records/event.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

// What the event tells of the request, copied out of it: the notice runs later, within the commit.
struct Teller {
  std::string bucket;
  Scope scope;
  std::string requestId;
  std::string address;

  json detail(const store::ObjectInfo& info, const char* reason) const {
    char sequencer[24];
    std::snprintf(sequencer, sizeof sequencer, "%018llX",
                  static_cast<unsigned long long>(info.sequence));
    json object = {{"key", info.key}, {"sequencer", sequencer}};
    if (info.versionId != store::kNullVersion) object["version-id"] = info.versionId;
    if (!info.etag.empty()) object["etag"] = info.etag;
    return {
        {"version", "0"},          {"bucket", {{"name", bucket}}}, {"object", std::move(object)},
        {"request-id", requestId}, {"requester", scope.account},   {"source-ip-address", address},
        {"reason", reason}};
  }

  store::OutboxEntry event(const store::ObjectInfo& info, const char* type, json detail) const {
    const std::string what = bucket + "\n" + info.key + "\n" + info.versionId + "\n" +
                             std::to_string(info.sequence) + "\n" + type + "\n" + requestId;
    return store::makeEvent({.id = nameUuid(what),
                             .source = "aws.s3",
                             .detailType = type,
                             .subject = {std::string(store::kBucketKind), scope, bucket},
                             .time = info.modified,
                             .resources = {"arn:aws:s3:::" + bucket}},
                            std::move(detail));
  }
};

// nullopt: this bucket tells nobody.
S3Result<std::optional<Teller>> tellerOf(const Call& call) {
  const auto text = call.deps.objects.findDocument(call.bucketId(), "notification");
  if (!text.ok()) return fromStore(text.error(), call.bucket);
  if (!*text || !json::parse(**text).contains("EventBridgeConfiguration"))
    return std::optional<Teller>();
  const auto bucket = needBucket(call);
  if (!bucket.ok()) return bucket.error();
  std::string address = call.request.remoteAddress;
  if (const auto port = address.rfind(':'); port != std::string::npos) address.resize(port);
  return std::optional(Teller{call.bucket,
                              {call.request.scope.account, bucket->region},
                              call.request.id,
                              std::move(address)});
}

}  // namespace

S3Result<store::Notice> createdNotice(const Call& call, const char* reason) {
  auto teller = tellerOf(call);
  if (!teller.ok()) return teller.error();
  if (!*teller) return store::Notice();
  return store::Notice([told = **teller, reason](const store::ObjectInfo& info) {
    json detail = told.detail(info, reason);
    detail["object"]["size"] = info.size;
    return std::optional(told.event(info, "Object Created", std::move(detail)));
  });
}

S3Result<store::Notice> deletedNotice(const Call& call, bool byVersion) {
  auto teller = tellerOf(call);
  if (!teller.ok()) return teller.error();
  if (!*teller) return store::Notice();
  return store::Notice([told = **teller, byVersion](const store::ObjectInfo& info) {
    json detail = told.detail(info, "DeleteObject");
    const bool marker = info.deleteMarker && !byVersion;
    detail["deletion-type"] = marker ? "Delete Marker Created" : "Permanently Deleted";
    return std::optional(told.event(info, "Object Deleted", std::move(detail)));
  });
}

}  // namespace kiln::api::s3
