#include "api/s3/upload.h"

#include <nlohmann/json.hpp>

#include "api/model/base64.h"
#include "api/s3/incoming.h"

namespace kiln::api::s3 {

using nlohmann::json;

std::string toText(const UploadPlan& plan) {
  return json{{"object", toText(plan.attributes)},
              {"algorithm", nameOf(plan.algorithm)},
              {"composite", plan.composite},
              {"chosen", plan.chosen}}
      .dump();
}

UploadPlan planOf(const std::string& text) {
  const json in = json::parse(text, nullptr, false);
  if (!in.is_object()) return {};
  return {attributesOf(in.value("object", "")),
          algorithmNamed(in.value("algorithm", "")).value_or(Algorithm::kCrc64Nvme),
          in.value("composite", false), in.value("chosen", false)};
}

S3Result<UploadPlan> requestedPlan(const Call& call) {
  auto attributes = requestedAttributes(call);
  if (!attributes.ok()) return attributes.error();
  UploadPlan plan{.attributes = std::move(*attributes)};
  const std::string name = call.text("ChecksumAlgorithm");
  const std::string type = call.text("ChecksumType");
  if (name.empty()) {
    if (!type.empty()) {
      return s3Error("InvalidRequest",
                     "The x-amz-checksum-type header can only be used with the "
                     "x-amz-checksum-algorithm header.");
    }
    return plan;
  }
  const auto algorithm = algorithmNamed(name);
  if (!algorithm)
    return s3Error("NotImplemented", "Kiln does not know the checksum algorithm " + name);
  plan.algorithm = *algorithm;
  plan.chosen = true;
  const bool onlyFull = plan.algorithm == Algorithm::kCrc64Nvme;
  plan.composite = type.empty() ? !onlyFull : type == "COMPOSITE";
  const bool impossible = plan.composite ? onlyFull : !isCrc(plan.algorithm);
  if (impossible) {
    return s3Error("InvalidRequest", "The " + type + " checksum type cannot be used with the " +
                                         std::string(headerOf(plan.algorithm)).substr(15) +
                                         " checksum algorithm.");
  }
  return plan;
}

S3Result<store::UploadInfo> needUpload(const Call& call) {
  const std::string id = call.text("UploadId");
  auto upload = call.deps.objects.findUpload(call.object(), id);
  if (!upload.ok()) return fromStore(upload.error(), call.bucket);
  if (!*upload) return noSuchUpload(id);
  return std::move(**upload);
}

std::string partText(const DigestValue& digest) {
  return json{{"algorithm", nameOf(digest.algorithm)}, {"value", toBase64(digest.raw)}}.dump();
}

std::optional<KnownChecksum> partChecksum(const store::PartInfo& part) {
  const json in = json::parse(part.attributes, nullptr, false);
  if (!in.is_object()) return std::nullopt;
  const auto algorithm = algorithmNamed(in.value("algorithm", ""));
  if (!algorithm) return std::nullopt;
  return KnownChecksum{*algorithm, in.value("value", ""), false};
}

}  // namespace kiln::api::s3
