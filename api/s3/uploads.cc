// Uploads in parts: create, abort, list.
#include <nlohmann/json.hpp>

#include "api/model/timestamp.h"
#include "api/s3/acl.h"
#include "api/s3/listing.h"
#include "api/s3/upload.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

void showPlan(const UploadPlan& plan, json& into) {
  if (!plan.chosen) return;
  into["ChecksumAlgorithm"] = nameOf(plan.algorithm);
  into["ChecksumType"] = plan.composite ? "COMPOSITE" : "FULL_OBJECT";
}

std::string storageClassOf(const UploadPlan& plan) {
  return plan.attributes.storageClass.empty() ? "STANDARD" : plan.attributes.storageClass;
}

S3Result<Reply> createUpload(const Call& call) {
  if (const auto bucket = needBucket(call); !bucket.ok()) return bucket.error();
  auto plan = requestedPlan(call);
  if (!plan.ok()) return plan.error();
  const auto upload = call.deps.objects.createUpload(call.object(), toText(*plan));
  if (!upload.ok()) return fromStore(upload.error(), call.bucket);
  json output{{"Bucket", call.bucket}, {"Key", call.key}, {"UploadId", upload->id}};
  showPlan(*plan, output);
  output["ServerSideEncryption"] = plan->attributes.encryption;
  if (!plan->attributes.kmsKey.empty()) output["SSEKMSKeyId"] = plan->attributes.kmsKey;
  return Reply(std::move(output));
}

S3Result<Reply> abortUpload(const Call& call) {
  const std::string id = call.text("UploadId");
  const auto done = call.deps.objects.abortUpload(call.object(), id);
  if (done.ok()) return Reply();
  if (done.error().code == Code::kNotFound) return noSuchUpload(id);
  return fromStore(done.error(), call.bucket);
}

json initiator(const Call& call) {
  json who = ownerOf(call.request.scope.account);
  who["DisplayName"] = call.request.principal;
  return who;
}

S3Result<Reply> listUploads(const Call& call) {
  const auto limit = Listing::limit(call, "MaxUploads", "max-uploads");
  if (!limit.ok()) return limit.error();
  const std::string keyMarker = call.text("KeyMarker");
  const std::string idMarker = keyMarker.empty() ? "" : call.text("UploadIdMarker");
  const auto page =
      call.deps.objects.listUploads(call.bucketId(), {.prefix = call.text("Prefix"),
                                                      .delimiter = call.text("Delimiter"),
                                                      .keyMarker = keyMarker,
                                                      .uploadIdMarker = idMarker,
                                                      .limit = *limit});
  if (!page.ok()) return fromStore(page.error(), call.bucket);
  const Listing listing(call);
  json uploads = json::array();
  for (const auto& upload : page->uploads) {
    const UploadPlan plan = planOf(upload.attributes);
    json entry{{"Key", listing.shown(upload.key)},
               {"UploadId", upload.id},
               {"Initiated", toTimestamp(upload.initiated)},
               {"StorageClass", storageClassOf(plan)},
               {"Owner", listing.owner()},
               {"Initiator", initiator(call)}};
    showPlan(plan, entry);
    uploads.push_back(std::move(entry));
  }
  json output{{"Bucket", call.bucket},          {"KeyMarker", listing.shown(keyMarker)},
              {"UploadIdMarker", idMarker},     {"MaxUploads", *limit},
              {"IsTruncated", page->truncated}, {"Uploads", std::move(uploads)}};
  listing.common(output, page->commonPrefixes);
  if (page->truncated) {
    output["NextKeyMarker"] = listing.shown(page->nextKey);
    output["NextUploadIdMarker"] = page->nextUploadId;
  }
  return Reply(std::move(output));
}

S3Result<Reply> listParts(const Call& call) {
  const auto limit = Listing::limit(call, "MaxParts", "max-parts");
  if (!limit.ok()) return limit.error();
  const std::int64_t after = call.number("PartNumberMarker").value_or(0);
  if (after < 0) {
    return invalidArgument(
        "Argument part-number-marker must be an integer between 0 and 2147483647",
        "part-number-marker", std::to_string(after));
  }
  const std::string id = call.text("UploadId");
  const auto page = call.deps.objects.listParts(
      call.object(), id, static_cast<int>(std::min<std::int64_t>(after, 10'000)), *limit);
  if (!page.ok() && page.error().code == Code::kNotFound) return noSuchUpload(id);
  if (!page.ok()) return fromStore(page.error(), call.bucket);
  const UploadPlan plan = planOf(page->upload.attributes);
  json parts = json::array();
  for (const auto& part : page->parts) {
    json entry{{"PartNumber", part.number},
               {"LastModified", toTimestamp(part.modified)},
               {"ETag", '"' + part.etag + '"'},
               {"Size", part.size}};
    if (plan.chosen) showChecksum(partChecksum(part), entry);
    parts.push_back(std::move(entry));
  }
  json output{{"Bucket", call.bucket},
              {"Key", call.key},
              {"UploadId", id},
              {"PartNumberMarker", std::to_string(after)},
              {"MaxParts", *limit},
              {"IsTruncated", page->truncated},
              {"StorageClass", storageClassOf(plan)},
              {"Owner", ownerOf(call.request.scope.account)},
              {"Initiator", initiator(call)}};
  showPlan(plan, output);
  output["NextPartNumberMarker"] =
      std::to_string(page->parts.empty() ? 0 : page->parts.back().number);
  output["Parts"] = std::move(parts);
  return Reply(std::move(output));
}

}  // namespace

void addUploads(Operations& operations) {
  operations["CreateMultipartUpload"] = createUpload;
  operations["AbortMultipartUpload"] = abortUpload;
  operations["ListMultipartUploads"] = listUploads;
  operations["ListParts"] = listParts;
}

}  // namespace kiln::api::s3
