// CompleteMultipartUpload.
#include <nlohmann/json.hpp>

#include "api/model/base64.h"
#include "api/s3/names.h"
#include "api/s3/notify.h"
#include "api/s3/upload.h"
#include "controller/core/text.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;
using store::PartInfo;

S3Error invalidPart(const Call& call, int number, const std::string& etag) {
  return s3Error("InvalidPart")
      .with("UploadId", call.text("UploadId"))
      .with("PartNumber", std::to_string(number))
      .with("ETag", etag);
}

// The parts that the request names, in their order.
S3Result<std::vector<store::Completion::Part>> namedParts(const Call& call) {
  const json named = call.input.value("MultipartUpload", json::object());
  const json list = named.value("Parts", json::array());
  if (list.empty()) return s3Error("MalformedXML");
  std::vector<store::Completion::Part> parts;
  for (const auto& one : list) {
    if (!one.contains("PartNumber") || !one.contains("ETag")) return s3Error("MalformedXML");
    const auto number = one["PartNumber"].get<std::int64_t>();
    const std::string etag(unquoted(one["ETag"].get_ref<const std::string&>()));
    if (number < 1 || number > 10'000)
      return invalidArgument("PartNumber must be >= 1 and <= 10000", "PartNumber",
                             std::to_string(number));
    if (!parts.empty() && number <= parts.back().number)
      return s3Error("InvalidPartOrder").with("UploadId", call.text("UploadId"));
    parts.push_back({static_cast<int>(number), etag});
  }
  return parts;
}

// What the client expects, copied out of the call: the assembly runs within the commit.
struct Expected {
  std::vector<std::optional<std::string>> partChecksums;  // base64, as named
  std::optional<std::string> whole;                       // base64, FULL_OBJECT
  std::optional<std::int64_t> size;
};

Expected expectedOf(const Call& call, const UploadPlan& plan) {
  Expected expected;
  const std::string member = memberOf(plan.algorithm);
  for (const auto& part : call.input.at("MultipartUpload").at("Parts")) {
    expected.partChecksums.push_back(
        part.contains(member) ? std::optional(part[member].get<std::string>()) : std::nullopt);
  }
  if (const std::string whole = call.text(member.c_str()); !whole.empty()) expected.whole = whole;
  expected.size = call.number("MpuObjectSize");
  return expected;
}

template <typename Parts>
std::string etagOf(const Parts& parts) {
  std::string digests;
  for (const auto& part : parts) digests += fromHex(part.etag).value_or("");
  return md5Hex(digests) + "-" + std::to_string(parts.size());
}

class Assembly {
 public:
  Assembly(const Call& call, UploadPlan plan)
      : plan_(std::move(plan)),
        expected_(expectedOf(call, plan_)),
        uploadId_(call.text("UploadId")) {}

  S3Result<store::Assembled> operator()(const std::vector<PartInfo>& parts) {
    if (auto wrong = checkSizes(parts)) return *wrong;
    if (auto wrong = checkPartChecksums(parts)) return *wrong;
    plan_.attributes.checksum = checksumOf(parts);
    if (auto wrong = checkWhole()) return *wrong;
    plan_.attributes.upload = uploadId_;
    return store::Assembled{etagOf(parts), toText(plan_.attributes)};
  }
  const Attributes& attributes() const { return plan_.attributes; }

 private:
  std::optional<S3Error> checkSizes(const std::vector<PartInfo>& parts) const {
    std::uint64_t total = 0;
    for (const auto& part : parts) {
      total += part.size;
      if (&part == &parts.back() || part.size >= kLeastPart) continue;
      return s3Error("EntityTooSmall")
          .with("ProposedSize", std::to_string(part.size))
          .with("MinSizeAllowed", std::to_string(kLeastPart))
          .with("PartNumber", std::to_string(part.number))
          .with("ETag", part.etag);
    }
    if (total > kMostObject) return s3Error("EntityTooLarge");
    if (expected_.size && static_cast<std::uint64_t>(*expected_.size) != total) {
      return s3Error(
          "InvalidRequest",
          "The provided 'x-amz-mp-object-size' header does not match what was computed.");
    }
    return std::nullopt;
  }

  std::optional<S3Error> checkPartChecksums(const std::vector<PartInfo>& parts) const {
    for (std::size_t at = 0; at < parts.size() && at < expected_.partChecksums.size(); ++at) {
      const auto& expected = expected_.partChecksums[at];
      const auto kept = partChecksum(parts[at]);
      if (!expected && plan_.chosen && plan_.composite) {
        const std::string name(headerOf(plan_.algorithm).substr(15));
        return s3Error("InvalidRequest",
                       "The upload was created using a " + name +
                           " checksum. The complete request must include the checksum for each "
                           "part. It was missing for part " +
                           std::to_string(parts[at].number) + " in the request.");
      }
      const bool same = !expected || (kept && kept->value == *expected);
      if (!same) {
        return s3Error("InvalidPart")
            .with("UploadId", uploadId_)
            .with("PartNumber", std::to_string(parts[at].number))
            .with("ETag", parts[at].etag);
      }
    }
    return std::nullopt;
  }

  // nullopt when a part was sent with another algorithm, so that there is nothing to make it of.
  std::optional<KnownChecksum> checksumOf(const std::vector<PartInfo>& parts) const {
    std::string all;
    for (const auto& part : parts) {
      const auto kept = partChecksum(part);
      if (!kept || kept->algorithm != plan_.algorithm) return std::nullopt;
      const std::string raw = *fromBase64(kept->value);
      if (plan_.composite) {
        all += raw;
      } else {
        all = all.empty() ? raw : combineCrc(plan_.algorithm, all, raw, part.size);
      }
    }
    if (!plan_.composite) return KnownChecksum{plan_.algorithm, toBase64(all), false};
    return KnownChecksum{
        plan_.algorithm,
        toBase64(digestOf(plan_.algorithm, all)) + "-" + std::to_string(parts.size()), true};
  }

  std::optional<S3Error> checkWhole() const {
    const auto& made = plan_.attributes.checksum;
    if (!expected_.whole || !made || *expected_.whole == made->value) return std::nullopt;
    return s3Error("BadDigest", "The " + std::string(nameOf(plan_.algorithm)) +
                                    " you specified did not match the calculated checksum.");
  }

  UploadPlan plan_;
  Expected expected_;
  std::string uploadId_;
};

S3Error fromCompletion(const Call& call, const Error& error, const store::Condition& condition,
                       const std::vector<store::Completion::Part>& parts) {
  if (error.code == Code::kInvalidArgument)
    return invalidPart(call, parts.front().number, parts.front().etag);
  if (error.code == Code::kNotFound && condition.etag.empty())
    return noSuchUpload(call.text("UploadId"));
  return fromConditionalWrite(error, call, condition);
}

std::string locationOf(const Call& call) {
  return "http://" + std::string(call.request.header("host")) + call.request.path;
}

Reply completed(const Call& call, const store::ObjectInfo& object, const Attributes& attributes) {
  json output{{"Location", locationOf(call)}, {"Bucket", call.bucket}, {"Key", call.key}};
  showWritten(object, attributes, output);
  showChecksum(attributes.checksum, output);
  return Reply(std::move(output));
}

// The answer again to a client that has lost it: the upload is gone because its object is there, of these very parts.
std::optional<Reply> completedBefore(const Call& call,
                                     const std::vector<store::Completion::Part>& parts) {
  const auto object = call.deps.objects.find(call.object(), {});
  if (!object.ok() || !*object) return std::nullopt;
  const Attributes attributes = attributesOf((*object)->attributes);
  if (attributes.upload != call.text("UploadId") || (*object)->etag != etagOf(parts))
    return std::nullopt;
  return completed(call, **object, attributes);
}

S3Result<Reply> completeUpload(const Call& call) {
  auto parts = namedParts(call);
  if (!parts.ok()) return parts.error();
  const auto upload = needUpload(call);
  if (!upload.ok() && upload.error().code == "NoSuchUpload") {
    if (auto before = completedBefore(call, *parts)) return *std::move(before);
  }
  if (!upload.ok()) return upload.error();
  auto condition = writeCondition(call);
  if (!condition.ok()) return condition.error();
  auto notice = createdNotice(call, "CompleteMultipartUpload");
  if (!notice.ok()) return notice.error();

  const auto assembly = std::make_shared<Assembly>(call, planOf(upload->attributes));
  const auto refusal = std::make_shared<std::optional<S3Error>>();
  store::Completion completion{
      .parts = *parts, .assemble = {}, .condition = *condition, .notice = std::move(*notice)};
  completion.assemble = [assembly, refusal](
                            const store::UploadInfo&,
                            const std::vector<PartInfo>& chosen) -> Result<store::Assembled> {
    auto made = (*assembly)(chosen);
    if (made.ok()) return std::move(*made);
    *refusal = made.error();
    return Error{Code::kFailedPrecondition, made.error().message};
  };
  const auto object =
      call.deps.objects.completeUpload(call.object(), call.text("UploadId"), completion);
  if (!object.ok() && *refusal) return **refusal;
  if (!object.ok()) return fromCompletion(call, object.error(), *condition, *parts);
  return completed(call, *object, assembly->attributes());
}

}  // namespace

void addCompletions(Operations& operations) {
  operations["CompleteMultipartUpload"] = completeUpload;
}

}  // namespace kiln::api::s3
