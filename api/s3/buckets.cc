// Buckets themselves: create, head, list, location, delete, versioning.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/model/page_token.h"
#include "api/model/timestamp.h"
#include "api/s3/acl.h"
#include "api/s3/attributes.h"
#include "api/s3/call.h"
#include "api/s3/names.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostBuckets = 10'000;
constexpr std::size_t kMostBucketTags = 50;

S3Error illegalConstraint(const std::string& what) {
  return s3Error("IllegalLocationConstraintException",
                 "The " + what +
                     " location constraint is incompatible for the region specific endpoint this "
                     "request was sent to.");
}

// Of the endpoint that the request was sent to. Other stores' clients sign for a region that is none (`US`, `other`): the first one's.
std::string endpointRegion(const Call& call) {
  const std::string& region = call.request.scope.region;
  const bool formed = std::count(region.begin(), region.end(), '-') >= 2 &&
                      std::isdigit(static_cast<unsigned char>(region.back())) != 0;
  return formed ? region : "us-east-1";
}

// The region that a CreateBucket asks for, by its body and the endpoint it was sent to.
S3Result<std::string> wantedRegion(const Call& call) {
  const std::string endpoint = endpointRegion(call);
  const auto body = call.input.value("CreateBucketConfiguration", json::object());
  std::string region = body.value("LocationConstraint", "");
  if (region == "EU") region = "eu-west-1";
  if (region.empty())
    return endpoint == "us-east-1" ? S3Result<std::string>(endpoint)
                                   : illegalConstraint("unspecified");
  if (region == "us-east-1") return s3Error("InvalidLocationConstraint");
  if (endpoint != "us-east-1" && region != endpoint) return illegalConstraint(region);
  return region;
}

std::string publicAccessBlocked() {
  return json{{"BlockPublicAcls", true},
              {"IgnorePublicAcls", true},
              {"BlockPublicPolicy", true},
              {"RestrictPublicBuckets", true}}
      .dump();
}

S3Result<store::NewBucket> newBucket(const Call& call) {
  auto region = wantedRegion(call);
  if (!region.ok()) return region.error();
  if (call.flag("ObjectLockEnabledForBucket"))
    return s3Error("NotImplemented", "Object Lock is not implemented by Kiln yet");
  store::NewBucket bucket{.region = *region, .documents = {}};
  auto acl = requestedAcl(call);
  if (!acl.ok()) return acl.error();
  if (!acl->empty()) bucket.documents["acl"] = *acl;
  std::string ownership = call.text("ObjectOwnership");
  if (ownership.empty()) ownership = "BucketOwnerEnforced";
  bucket.documents["ownershipControls"] =
      json{{"Rules", json::array({{{"ObjectOwnership", ownership}}})}}.dump();
  bucket.documents["publicAccessBlock"] = publicAccessBlocked();
  const auto body = call.input.value("CreateBucketConfiguration", json::object());
  if (body.contains("Tags")) {
    auto tags = tagsOfBody({{"TagSet", body["Tags"]}}, kMostBucketTags);
    if (!tags.ok()) return tags.error();
    if (!tags->empty()) bucket.documents["tagging"] = json{{"TagSet", toTagSet(*tags)}}.dump();
  }
  return bucket;
}

S3Result<Reply> createBucket(const Call& call) {
  auto bucket = newBucket(call);
  if (!bucket.ok()) return bucket.error();
  const auto made = call.deps.objects.createBucket(call.bucketId(), *bucket);
  if (!made.ok() && made.error().code != Code::kAlreadyExists)
    return fromStore(made.error(), call.bucket);
  if (!made.ok()) {
    // As S3 has it: in us-east-1 making one's own bucket again succeeds.
    const auto there = needBucket(call);
    if (!there.ok()) return there.error();
    if (there->region != "us-east-1" || bucket->region != "us-east-1")
      return s3Error("BucketAlreadyOwnedByYou").with("BucketName", call.bucket);
  }
  return Reply(json{{"Location", "/" + call.bucket}, {"BucketArn", "arn:aws:s3:::" + call.bucket}});
}

S3Result<Reply> headBucket(const Call& call) {
  auto bucket = needBucket(call);
  if (!bucket.ok()) return bucket.error();
  return Reply(json{{"BucketRegion", bucket->region},
                    {"BucketArn", "arn:aws:s3:::" + call.bucket},
                    {"AccessPointAlias", false}});
}

S3Result<Reply> listBuckets(const Call& call) {
  const std::int64_t most = call.number("MaxBuckets").value_or(kMostBuckets);
  if (most < 1 || most > kMostBuckets) {
    return invalidArgument("Argument max-buckets must be an integer between 1 and 10000",
                           "max-buckets", std::to_string(most));
  }
  const std::string list = "ListBuckets\n" + call.text("Prefix") + "\n" + call.text("BucketRegion");
  store::BucketQuery query{.prefix = call.text("Prefix"),
                           .region = call.text("BucketRegion"),
                           .after = "",
                           .limit = static_cast<std::size_t>(most)};
  if (const std::string token = call.text("ContinuationToken"); !token.empty()) {
    const auto after = fromPageToken(list, token);
    if (!after)
      return invalidArgument("The continuation token provided is incorrect", "continuation-token",
                             token);
    query.after = *after;
  }
  const std::string& account = call.request.scope.account;
  const auto page = call.deps.objects.listBuckets(account, query);
  if (!page.ok()) return fromStore(page.error(), "");
  json buckets = json::array();
  for (const auto& bucket : page->buckets) {
    buckets.push_back({{"Name", bucket.id.name},
                       {"CreationDate", toTimestamp(bucket.created)},
                       {"BucketRegion", bucket.region},
                       {"BucketArn", "arn:aws:s3:::" + bucket.id.name}});
  }
  Reply reply(json{{"Buckets", std::move(buckets)}, {"Owner", ownerOf(account)}});
  if (!query.prefix.empty()) (*reply.output)["Prefix"] = query.prefix;
  if (page->truncated)
    (*reply.output)["ContinuationToken"] = toPageToken(list, page->buckets.back().id.name);
  return reply;
}

S3Result<Reply> getBucketLocation(const Call& call) {
  auto bucket = needBucket(call);
  if (!bucket.ok()) return bucket.error();
  Reply reply;
  const std::string region = bucket->region == "us-east-1" ? "" : bucket->region;
  reply.xml = "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + region +
              "</LocationConstraint>";
  return reply;
}

S3Result<Reply> deleteBucket(const Call& call) {
  const auto done = call.deps.objects.deleteBucket(call.bucketId());
  if (done.ok()) return Reply();
  if (done.error().code != Code::kFailedPrecondition) return fromStore(done.error(), call.bucket);
  auto bucket = needBucket(call);
  S3Error error = s3Error("BucketNotEmpty");
  if (bucket.ok() && bucket->versioning != store::Versioning::kNever)
    error.message += ". You must delete all versions in the bucket.";
  return std::move(error).with("BucketName", call.bucket);
}

S3Result<Reply> getVersioning(const Call& call) {
  auto bucket = needBucket(call);
  if (!bucket.ok()) return bucket.error();
  switch (bucket->versioning) {
    case store::Versioning::kNever: return Reply();
    case store::Versioning::kEnabled: return Reply(json{{"Status", "Enabled"}});
    case store::Versioning::kSuspended: return Reply(json{{"Status", "Suspended"}});
  }
  unreachable();
}

S3Result<Reply> putVersioning(const Call& call) {
  const json& wanted = call.input.at("VersioningConfiguration");
  if (!wanted.contains("Status")) return s3Error("IllegalVersioningConfigurationException");
  if (wanted.value("MFADelete", "") == "Enabled")
    return s3Error("NotImplemented", "MFA delete is not implemented by Kiln");
  const auto versioning =
      wanted["Status"] == "Enabled" ? store::Versioning::kEnabled : store::Versioning::kSuspended;
  const auto done = call.deps.objects.setVersioning(call.bucketId(), versioning);
  if (!done.ok()) return fromStore(done.error(), call.bucket);
  return Reply();
}

}  // namespace

void addBuckets(Operations& operations) {
  operations["CreateBucket"] = createBucket;
  operations["HeadBucket"] = headBucket;
  operations["ListBuckets"] = listBuckets;
  operations["GetBucketLocation"] = getBucketLocation;
  operations["DeleteBucket"] = deleteBucket;
  operations["GetBucketVersioning"] = getVersioning;
  operations["PutBucketVersioning"] = putVersioning;
}

}  // namespace kiln::api::s3
