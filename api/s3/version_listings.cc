// ListObjectVersions.
#include <nlohmann/json.hpp>

#include "api/model/timestamp.h"
#include "api/s3/listing.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

void addEntries(const Listing& listing, const store::VersionPage& page, json& output) {
  json versions = json::array();
  json markers = json::array();
  for (const auto& info : page.versions) {
    json entry = info.deleteMarker ? json{{"Key", listing.shown(info.key)},
                                          {"LastModified", toTimestamp(info.modified)}}
                                   : listing.entry(info);
    entry["VersionId"] = info.versionId;
    entry["IsLatest"] = info.latest;
    entry["Owner"] = listing.owner();
    (info.deleteMarker ? markers : versions).push_back(std::move(entry));
  }
  output["Versions"] = std::move(versions);
  output["DeleteMarkers"] = std::move(markers);
}

S3Result<Reply> listVersions(const Call& call) {
  const auto limit = Listing::limit(call, "MaxKeys", "maxKeys");
  if (!limit.ok()) return limit.error();
  const std::string keyMarker = call.text("KeyMarker");
  const std::string versionMarker = call.text("VersionIdMarker");
  if (!versionMarker.empty() && keyMarker.empty()) {
    return invalidArgument("A version-id marker cannot be specified without a key marker.",
                           "version-id-marker", versionMarker);
  }
  const auto page =
      call.deps.objects.listVersions(call.bucketId(), {.prefix = call.text("Prefix"),
                                                       .delimiter = call.text("Delimiter"),
                                                       .keyMarker = keyMarker,
                                                       .versionIdMarker = versionMarker,
                                                       .limit = *limit});
  if (!page.ok() && page.error().code == Code::kInvalidArgument)
    return invalidArgument("Invalid version id specified", "version-id-marker", versionMarker);
  if (!page.ok()) return fromStore(page.error(), call.bucket);
  const Listing listing(call);
  json output{{"Name", call.bucket},
              {"KeyMarker", listing.shown(keyMarker)},
              {"VersionIdMarker", versionMarker},
              {"MaxKeys", *limit},
              {"IsTruncated", page->truncated}};
  addEntries(listing, *page, output);
  listing.common(output, page->commonPrefixes);
  if (page->truncated) {
    output["NextKeyMarker"] = listing.shown(page->nextKey);
    if (!page->nextVersionId.empty()) output["NextVersionIdMarker"] = page->nextVersionId;
  }
  return Reply(std::move(output));
}

}  // namespace

void addVersionListings(Operations& operations) { operations["ListObjectVersions"] = listVersions; }

}  // namespace kiln::api::s3
