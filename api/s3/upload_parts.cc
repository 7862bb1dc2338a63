// UploadPart and UploadPartCopy.
#include <nlohmann/json.hpp>

#include "api/model/timestamp.h"
#include "api/s3/copy_source.h"
#include "api/s3/names.h"
#include "api/s3/range.h"
#include "api/s3/upload.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

S3Result<int> partNumber(const Call& call) {
  const std::int64_t number = call.number("PartNumber").value_or(0);
  if (number < 1 || number > 10'000) {
    return invalidArgument("Part number must be an integer between 1 and 10000, inclusive",
                           "partNumber", std::to_string(number));
  }
  return static_cast<int>(number);
}

std::string lowerName(Algorithm algorithm) {
  return std::string(headerOf(algorithm)).substr(std::string_view("x-amz-checksum-").size());
}

std::optional<S3Error> checkAlgorithm(const UploadPlan& plan, Algorithm used) {
  if (!plan.chosen || plan.algorithm == used) return std::nullopt;
  return s3Error("InvalidRequest", "Checksum Type mismatch occurred, expected checksum Type: " +
                                       lowerName(plan.algorithm) +
                                       ", actual checksum Type: " + lowerName(used));
}

S3Result<store::PartInfo> putPart(const Call& call, int number, std::unique_ptr<store::Body> body,
                                  const DigestValue& digest) {
  const std::string id = call.text("UploadId");
  const std::string etag = body->md5();
  auto part =
      call.deps.objects.putPart(call.object(), id, number, std::move(body), etag, partText(digest));
  if (part.ok()) return std::move(*part);
  if (part.error().code == Code::kNotFound) return noSuchUpload(id);
  return fromStore(part.error(), call.bucket);
}

S3Result<Reply> uploadPart(const Call& call) {
  const auto number = partNumber(call);
  if (!number.ok()) return number.error();
  const auto upload = needUpload(call);
  if (!upload.ok()) return upload.error();
  const UploadPlan plan = planOf(upload->attributes);
  auto received = receive(call, plan.algorithm);
  if (!received.ok()) return received.error();
  if (auto wrong = checkAlgorithm(plan, received->digest.algorithm)) return *wrong;
  const auto part = putPart(call, *number, std::move(received->body), received->digest);
  if (!part.ok()) return part.error();
  json output{{"ETag", inQuotes(part->etag)}, {"ServerSideEncryption", plan.attributes.encryption}};
  showChecksum(toKnown(received->digest), output);
  return Reply(std::move(output));
}

S3Result<ByteRange> copiedRange(const Call& call, std::uint64_t size) {
  const std::string header = call.text("CopySourceRange");
  ByteRange whole{0, size};
  if (!header.empty()) {
    const auto range = parseCopyRange(header, size);
    if (!range) {
      const bool formed = header.starts_with("bytes=") && header.find('-') != std::string::npos;
      return formed ? invalidArgument("Range specified is not valid for source object of size: " +
                                          std::to_string(size),
                                      "x-amz-copy-source-range", header)
                    : invalidArgument(
                          "The x-amz-copy-source-range value must be of the form "
                          "bytes=first-last where first and last are the zero-based "
                          "offsets of the first and last bytes to copy",
                          "x-amz-copy-source-range", header);
    }
    whole = *range;
  }
  if (whole.length > kMostPut) {
    return s3Error("InvalidRequest",
                   "The specified copy source is larger than the maximum allowable size for a copy "
                   "source: " +
                       std::to_string(kMostPut));
  }
  return whole;
}

// The selected bytes as a body of their own, with their digest.
S3Result<Received> copyBytes(const Call& call, store::ObjectReader& reader, Algorithm algorithm) {
  auto writer = call.deps.objects.newBody();
  const auto checksum = startChecksum(algorithm);
  const Status copied = readAll(reader, [&](std::string_view bytes) {
    checksum->add(bytes);
    return writer->write(bytes);
  });
  if (!copied.ok()) return fromStore(copied.error(), call.bucket);
  auto body = writer->finish();
  if (!body.ok()) return fromStore(body.error(), call.bucket);
  return Received{std::move(*body), {algorithm, checksum->digest()}};
}

S3Result<Reply> uploadPartCopy(const Call& call) {
  const auto number = partNumber(call);
  if (!number.ok()) return number.error();
  const auto upload = needUpload(call);
  if (!upload.ok()) return upload.error();
  const UploadPlan plan = planOf(upload->attributes);
  auto source = openCopySource(call);
  if (!source.ok()) return source.error();
  const store::ObjectInfo& from = source->reader->info();
  const auto range = copiedRange(call, from.size);
  if (!range.ok()) return range.error();
  const Status selected = source->reader->select(range->offset, range->length);
  if (!selected.ok()) return fromStore(selected.error(), source->name.bucket.name);
  auto copied = copyBytes(call, *source->reader, plan.algorithm);
  if (!copied.ok()) return copied.error();
  const auto part = putPart(call, *number, std::move(copied->body), copied->digest);
  if (!part.ok()) return part.error();
  json result{{"ETag", inQuotes(part->etag)}, {"LastModified", toTimestamp(part->modified)}};
  if (plan.chosen) showChecksum(toKnown(copied->digest), result);
  json output{{"CopyPartResult", std::move(result)},
              {"ServerSideEncryption", plan.attributes.encryption}};
  if (from.versionId != store::kNullVersion) output["CopySourceVersionId"] = from.versionId;
  return Reply(std::move(output));
}

}  // namespace

void addUploadParts(Operations& operations) {
  operations["UploadPart"] = uploadPart;
  operations["UploadPartCopy"] = uploadPartCopy;
}

}  // namespace kiln::api::s3
