// Configurations of buckets that are stored and returned, and not enforced: each is a document of the bucket.
#include <array>
#include <nlohmann/json.hpp>

#include "api/s3/attributes.h"
#include "api/s3/bucket_checks.h"
#include "api/s3/call.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;
using Check = std::optional<S3Error> (*)(json&);

struct Config {
  const char* noun;      // of Get…, Put… and Delete…
  const char* document;  // its name in the store
  const char* payload;   // the member of Put's input
  bool wrapped;          // Get's output has it as its payload
  bool deletable;
  const char* missing;  // the error of Get when there is none; nullptr: `otherwise`
  const char* otherwise;
  Check check;
  int putStatus;
};

constexpr const char* kDefaultEncryption =
    R"({"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BucketKeyEnabled":false}]})";

std::optional<S3Error> anything(json&) { return std::nullopt; }

constexpr std::array kConfigs{
    Config{"BucketTagging", "tagging", "Tagging", false, true, "NoSuchTagSet", nullptr,
           checkBucketTags, 204},
    Config{"BucketEncryption", "encryption", "ServerSideEncryptionConfiguration", true, true,
           nullptr, kDefaultEncryption, anything, 200},
    Config{"BucketCors", "cors", "CORSConfiguration", false, true, "NoSuchCORSConfiguration",
           nullptr, checkCors, 200},
    Config{"BucketLifecycleConfiguration", "lifecycle", "LifecycleConfiguration", false, false,
           "NoSuchLifecycleConfiguration", nullptr, checkLifecycle, 200},
    Config{"BucketNotificationConfiguration", "notification", "NotificationConfiguration", false,
           false, nullptr, "{}", checkNotification, 200},
    Config{"PublicAccessBlock", "publicAccessBlock", "PublicAccessBlockConfiguration", true, true,
           "NoSuchPublicAccessBlockConfiguration", nullptr, completePublicAccess, 200},
    Config{"BucketOwnershipControls", "ownershipControls", "OwnershipControls", true, true,
           "OwnershipControlsNotFoundError", nullptr, anything, 200},
    Config{"BucketWebsite", "website", "WebsiteConfiguration", false, true,
           "NoSuchWebsiteConfiguration", nullptr, checkWebsite, 200},
    Config{"BucketLogging", "logging", "BucketLoggingStatus", false, false, nullptr, "{}", anything,
           200},
    Config{"BucketAccelerateConfiguration", "accelerate", "AccelerateConfiguration", false, false,
           nullptr, "{}", anything, 200},
    Config{"BucketRequestPayment", "requestPayment", "RequestPaymentConfiguration", false, false,
           nullptr, R"({"Payer":"BucketOwner"})", anything, 200},
};

S3Result<Reply> setDocument(const Call& call, const char* name, std::optional<std::string> text,
                            int status) {
  const auto done = call.deps.objects.setDocument(call.bucketId(), name, std::move(text));
  if (!done.ok()) return fromStore(done.error(), call.bucket);
  Reply reply;
  reply.status = status;
  return reply;
}

// The stored text; without one the error `missing`, unless that is nullptr.
S3Result<std::optional<std::string>> document(const Call& call, const char* name,
                                              const char* missing) {
  auto text = call.deps.objects.findDocument(call.bucketId(), name);
  if (!text.ok()) return fromStore(text.error(), call.bucket);
  if (!*text && missing != nullptr) return s3Error(missing).with("BucketName", call.bucket);
  return std::move(*text);
}

S3Result<Reply> get(const Config& config, const Call& call) {
  const auto text = document(call, config.document, config.missing);
  if (!text.ok()) return text.error();
  json value = json::parse(*text ? **text : std::string(config.otherwise));
  if (std::string_view(config.document) == "lifecycle")
    value["TransitionDefaultMinimumObjectSize"] = "all_storage_classes_128K";
  return config.wrapped ? Reply(json{{config.payload, std::move(value)}}) : Reply(std::move(value));
}

S3Result<Reply> put(const Config& config, const Call& call) {
  json value = call.input.at(config.payload);
  if (auto wrong = config.check(value)) return *wrong;
  Result<Reply, S3Error> reply = setDocument(call, config.document, value.dump(), config.putStatus);
  if (reply.ok() && std::string_view(config.document) == "lifecycle")
    (*reply->output)["TransitionDefaultMinimumObjectSize"] = "all_storage_classes_128K";
  return reply;
}

S3Result<Reply> getPolicy(const Call& call) {
  const auto text = document(call, "policy", "NoSuchBucketPolicy");
  if (!text.ok()) return text.error();
  Reply reply(json{{"Policy", **text}});
  reply.headers["content-type"] = "application/json";
  return reply;
}

S3Result<Reply> putPolicy(const Call& call) {
  const std::string policy = call.text("Policy");
  if (auto wrong = checkPolicy(policy, call.bucket)) return *wrong;
  return setDocument(call, "policy", policy, 204);
}

S3Result<Reply> getPolicyStatus(const Call& call) {
  const auto text = document(call, "policy", "NoSuchBucketPolicy");
  if (!text.ok()) return text.error();
  return Reply(json{{"PolicyStatus", {{"IsPublic", isPublicPolicy(**text)}}}});
}

// Absent for good: Kiln has no way to set them.
Operation absent(const char* code) {
  return [code](const Call& call) -> S3Result<Reply> {
    const auto bucket = needBucket(call);
    if (!bucket.ok()) return bucket.error();
    return s3Error(code).with("BucketName", call.bucket);
  };
}

}  // namespace

void addBucketConfigs(Operations& operations) {
  for (const Config& config : kConfigs) {
    const std::string noun = config.noun;
    operations["Get" + noun] = [&config](const Call& call) { return get(config, call); };
    operations["Put" + noun] = [&config](const Call& call) { return put(config, call); };
    if (config.deletable) {
      operations["Delete" + noun] = [&config](const Call& call) {
        return setDocument(call, config.document, std::nullopt, 0);
      };
    }
  }
  operations["DeleteBucketLifecycle"] = [](const Call& call) {
    return setDocument(call, "lifecycle", std::nullopt, 0);
  };
  operations["GetBucketPolicy"] = getPolicy;
  operations["PutBucketPolicy"] = putPolicy;
  operations["DeleteBucketPolicy"] = [](const Call& call) {
    return setDocument(call, "policy", std::nullopt, 0);
  };
  operations["GetBucketPolicyStatus"] = getPolicyStatus;
  operations["GetBucketReplication"] = absent("ReplicationConfigurationNotFoundError");
  operations["GetObjectLockConfiguration"] = absent("ObjectLockConfigurationNotFoundError");
}

}  // namespace kiln::api::s3
