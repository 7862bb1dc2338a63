// DeleteObject and DeleteObjects.
#include <nlohmann/json.hpp>

#include "api/model/utf8.h"
#include "api/s3/names.h"
#include "api/s3/notify.h"
#include "api/s3/objects.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

constexpr std::size_t kMostKeys = 1000;

S3Result<Reply> deleteObject(const Call& call) {
  auto versionId = versionOf(call);
  if (!versionId.ok()) return versionId.error();
  store::Removal removal{.key = call.key, .versionId = {}, .condition = {}, .notice = {}};
  if (!versionId->empty()) removal.versionId = *versionId;
  removal.condition.etag = unquoted(call.text("IfMatch"));
  auto notice = deletedNotice(call, removal.versionId.has_value());
  if (!notice.ok()) return notice.error();
  removal.notice = std::move(*notice);
  const auto removed = call.deps.objects.remove(call.bucketId(), removal);
  if (!removed.ok()) return fromConditionalWrite(removed.error(), call, removal.condition);
  json output = json::object();
  if (removed->marker) {
    output = {{"DeleteMarker", true}, {"VersionId", removed->marker->versionId}};
  } else if (removal.versionId) {
    output["VersionId"] = *removal.versionId;
    if (removed->version && removed->version->deleteMarker) output["DeleteMarker"] = true;
  }
  return Reply(std::move(output));
}

json errorEntry(const json& asked, const S3Error& error) {
  json entry{{"Key", asked.at("Key")}, {"Code", error.code}, {"Message", error.message}};
  if (asked.contains("VersionId")) entry["VersionId"] = asked["VersionId"];
  return entry;
}

json deletedEntry(const json& asked, const store::Removed& removed) {
  json entry{{"Key", asked.at("Key")}};
  if (asked.contains("VersionId")) entry["VersionId"] = asked["VersionId"];
  if (removed.marker) {
    entry["DeleteMarker"] = true;
    entry["DeleteMarkerVersionId"] = removed.marker->versionId;
  } else if (removed.version && removed.version->deleteMarker) {
    entry["DeleteMarker"] = true;
    entry["DeleteMarkerVersionId"] = removed.version->versionId;
  }
  return entry;
}

std::optional<S3Error> checkKey(const std::string& key) {
  if (key.empty() || key.size() > kLongestKey) return s3Error("KeyTooLongError");
  return std::nullopt;
}

// What was asked, in its order: those that can be tried, each with its place among the asked.
struct Batch {
  std::vector<store::Removal> removals;
  std::vector<const json*> asked;
};

S3Result<Reply> deleteObjects(const Call& call) {
  const json& request = call.input.at("Delete");
  const json& objects = request.at("Objects");
  if (objects.empty() || objects.size() > kMostKeys) return s3Error("MalformedXML");
  auto plain = deletedNotice(call, false);
  if (!plain.ok()) return plain.error();
  auto versioned = deletedNotice(call, true);
  if (!versioned.ok()) return versioned.error();
  Batch batch;
  json errors = json::array();
  for (const auto& object : objects) {
    const auto& key = object.at("Key").get_ref<const std::string&>();
    if (auto wrong = checkKey(key)) {
      errors.push_back(errorEntry(object, *wrong));
      continue;
    }
    store::Removal removal{.key = key, .versionId = {}, .condition = {}, .notice = *plain};
    if (const std::string id = object.value("VersionId", ""); !id.empty()) {
      removal.versionId = id;
      removal.notice = *versioned;
    }
    removal.condition.etag = unquoted(object.value("ETag", ""));
    batch.removals.push_back(std::move(removal));
    batch.asked.push_back(&object);
  }
  const auto outcomes = call.deps.objects.removeMany(call.bucketId(), batch.removals);
  if (!outcomes.ok()) return fromStore(outcomes.error(), call.bucket);
  json deleted = json::array();
  for (std::size_t at = 0; at < outcomes->size(); ++at) {
    const auto& outcome = (*outcomes)[at];
    if (!outcome.ok()) {
      errors.push_back(
          errorEntry(*batch.asked[at],
                     fromConditionalWrite(outcome.error(), call, batch.removals[at].condition)));
    } else if (!request.value("Quiet", false)) {
      deleted.push_back(deletedEntry(*batch.asked[at], *outcome));
    }
  }
  return Reply(json{{"Deleted", std::move(deleted)}, {"Errors", std::move(errors)}});
}

}  // namespace

void addDeletes(Operations& operations) {
  operations["DeleteObject"] = deleteObject;
  operations["DeleteObjects"] = deleteObjects;
}

}  // namespace kiln::api::s3
