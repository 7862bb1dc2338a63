// ListObjects and ListObjectsV2.
#include <nlohmann/json.hpp>

#include "api/model/page_token.h"
#include "api/s3/listing.h"
#include "api/s3/names.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

json entriesOf(const Listing& listing, const store::ObjectPage& page, bool owners) {
  json contents = json::array();
  for (const auto& info : page.objects) {
    json entry = listing.entry(info);
    if (owners) entry["Owner"] = listing.owner();
    contents.push_back(std::move(entry));
  }
  return contents;
}

S3Result<store::ObjectPage> readPage(const Call& call, const std::string& after,
                                     std::size_t limit) {
  auto page = call.deps.objects.listObjects(call.bucketId(), {.prefix = call.text("Prefix"),
                                                              .delimiter = call.text("Delimiter"),
                                                              .after = after,
                                                              .limit = limit});
  if (!page.ok()) return fromStore(page.error(), call.bucket);
  return std::move(*page);
}

S3Result<Reply> listObjects(const Call& call) {
  const auto limit = Listing::limit(call, "MaxKeys", "maxKeys");
  if (!limit.ok()) return limit.error();
  const Listing listing(call);
  const auto page = readPage(call, call.text("Marker"), *limit);
  if (!page.ok()) return page.error();
  json output{{"Name", call.bucket},
              {"Marker", listing.shown(call.text("Marker"))},
              {"MaxKeys", *limit},
              {"IsTruncated", page->truncated},
              {"Contents", entriesOf(listing, *page, true)}};
  listing.common(output, page->commonPrefixes);
  if (page->truncated && !call.text("Delimiter").empty())
    output["NextMarker"] = listing.shown(page->next);
  return Reply(std::move(output));
}

S3Result<Reply> listObjectsV2(const Call& call) {
  const auto limit = Listing::limit(call, "MaxKeys", "maxKeys");
  if (!limit.ok()) return limit.error();
  const std::string list =
      "ListObjectsV2\n" + call.bucket + "\n" + call.text("Prefix") + "\n" + call.text("Delimiter");
  std::string after = call.text("StartAfter");
  const std::string token = call.text("ContinuationToken");
  if (call.request.query.contains("continuation-token")) {
    const auto cursor = fromPageToken(list, token);
    if (!cursor)
      return invalidArgument("The continuation token provided is incorrect", "continuation-token",
                             token);
    after = *cursor;
  }
  const Listing listing(call);
  const auto page = readPage(call, after, *limit);
  if (!page.ok()) return page.error();
  json output{{"Name", call.bucket},
              {"MaxKeys", *limit},
              {"KeyCount", page->objects.size() + page->commonPrefixes.size()},
              {"IsTruncated", page->truncated},
              {"Contents", entriesOf(listing, *page, call.flag("FetchOwner"))}};
  listing.common(output, page->commonPrefixes);
  if (!token.empty()) output["ContinuationToken"] = token;
  if (const std::string start = call.text("StartAfter"); !start.empty())
    output["StartAfter"] = listing.shown(start);
  if (page->truncated) output["NextContinuationToken"] = toPageToken(list, page->next);
  return Reply(std::move(output));
}

}  // namespace

void addListings(Operations& operations) {
  operations["ListObjects"] = listObjects;
  operations["ListObjectsV2"] = listObjectsV2;
}

}  // namespace kiln::api::s3
