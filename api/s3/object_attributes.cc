// GetObjectAttributes.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/model/timestamp.h"
#include "api/s3/objects.h"
#include "api/s3/upload.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostParts = 1000;

S3Result<json> partsOf(const Call& call, const std::vector<store::PartInfo>& parts) {
  const std::int64_t most = call.number("MaxParts").value_or(kMostParts);
  if (most < 0)
    return invalidArgument("Provided max-parts not an integer or within integer range",
                           "x-amz-max-parts", std::to_string(most));
  const std::int64_t after = call.number("PartNumberMarker").value_or(0);
  const auto limit = static_cast<std::size_t>(std::min(most, kMostParts));
  json shown = json::array();
  bool truncated = false;
  std::int64_t last = 0;
  for (const auto& part : parts) {
    if (part.number <= after) continue;
    if (shown.size() == limit) {
      truncated = true;
      break;
    }
    json entry{{"PartNumber", part.number}, {"Size", part.size}};
    showChecksum(partChecksum(part), entry);
    shown.push_back(std::move(entry));
    last = part.number;
  }
  return json{{"TotalPartsCount", parts.size()},
              {"PartNumberMarker", std::to_string(after)},
              {"NextPartNumberMarker", std::to_string(last)},
              {"MaxParts", limit},
              {"IsTruncated", truncated},
              {"Parts", std::move(shown)}};
}

S3Result<Reply> getAttributes(const Call& call) {
  auto versionId = versionOf(call);
  if (!versionId.ok()) return versionId.error();
  auto reader = openObject(call, call.object(), *versionId);
  if (!reader.ok()) return reader.error();
  const store::ObjectInfo& info = (*reader)->info();
  const Attributes attributes = attributesOf(info.attributes);
  const json& wanted = call.input.at("ObjectAttributes");
  const auto wants = [&](const char* name) {
    return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  };
  json output{{"LastModified", toTimestamp(info.modified)}};
  if (info.versionId != store::kNullVersion) output["VersionId"] = info.versionId;
  if (wants("ETag")) output["ETag"] = info.etag;
  if (wants("ObjectSize")) output["ObjectSize"] = info.size;
  if (wants("StorageClass"))
    output["StorageClass"] = attributes.storageClass.empty() ? "STANDARD" : attributes.storageClass;
  if (wants("Checksum") && attributes.checksum) {
    json checksum;
    showChecksum(attributes.checksum, checksum);
    output["Checksum"] = std::move(checksum);
  }
  if (wants("ObjectParts") && !(*reader)->parts().empty()) {
    auto parts = partsOf(call, (*reader)->parts());
    if (!parts.ok()) return parts.error();
    output["ObjectParts"] = std::move(*parts);
  }
  return Reply(std::move(output));
}

}  // namespace

void addObjectAttributes(Operations& operations) {
  operations["GetObjectAttributes"] = getAttributes;
}

}  // namespace kiln::api::s3
