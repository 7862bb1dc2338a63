#include "api/s3/listing.h"

#include <nlohmann/json.hpp>

#include "api/model/timestamp.h"
#include "api/s3/acl.h"
#include "api/s3/attributes.h"
#include "api/s3/names.h"

namespace kiln::api::s3 {

using nlohmann::json;

namespace {
constexpr std::int64_t kMostItems = 1000;
}

Listing::Listing(const Call& call)
    : call_(call),
      encoded_(call.text("EncodingType") == "url"),
      owner_(std::make_shared<json>(ownerOf(call.request.scope.account))) {}

S3Result<std::size_t> Listing::limit(const Call& call, const char* member, const char* parameter) {
  const std::int64_t asked = call.number(member).value_or(kMostItems);
  if (asked < 0) {
    return invalidArgument(
        "Argument " + std::string(parameter) + " must be an integer between 0 and 2147483647",
        parameter, std::to_string(asked));
  }
  return static_cast<std::size_t>(std::min(asked, kMostItems));
}

std::string Listing::shown(const std::string& text) const {
  return encoded_ ? urlEncoded(text) : text;
}

void Listing::common(json& output, const std::vector<std::string>& prefixes) const {
  output["Prefix"] = shown(call_.text("Prefix"));
  if (const std::string delimiter = call_.text("Delimiter"); !delimiter.empty())
    output["Delimiter"] = shown(delimiter);
  if (encoded_) output["EncodingType"] = "url";
  json list = json::array();
  for (const auto& prefix : prefixes) list.push_back({{"Prefix", shown(prefix)}});
  output["CommonPrefixes"] = std::move(list);
}

json Listing::entry(const store::ObjectInfo& info) const {
  const Attributes attributes = attributesOf(info.attributes);
  json entry{
      {"Key", shown(info.key)},
      {"LastModified", toTimestamp(info.modified)},
      {"ETag", inQuotes(info.etag)},
      {"Size", info.size},
      {"StorageClass", attributes.storageClass.empty() ? "STANDARD" : attributes.storageClass}};
  if (attributes.checksum) {
    entry["ChecksumAlgorithm"] = json::array({nameOf(attributes.checksum->algorithm)});
    entry["ChecksumType"] = attributes.checksum->composite ? "COMPOSITE" : "FULL_OBJECT";
  }
  return entry;
}

}  // namespace kiln::api::s3
