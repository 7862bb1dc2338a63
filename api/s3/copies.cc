// CopyObject.
#include <nlohmann/json.hpp>

#include "api/model/timestamp.h"
#include "api/s3/copy_source.h"
#include "api/s3/names.h"
#include "api/s3/notify.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

// A copy onto itself must change something.
std::optional<S3Error> checkSelfCopy(const Call& call, const CopySource& source) {
  const bool same = source.name.bucket.name == call.bucket && source.name.key == call.key &&
                    source.versionId.empty();
  const bool changes =
      call.text("MetadataDirective") == "REPLACE" || !call.text("StorageClass").empty() ||
      !call.text("WebsiteRedirectLocation").empty() || !call.text("ServerSideEncryption").empty() ||
      !call.text("ChecksumAlgorithm").empty();
  if (!same || changes) return std::nullopt;
  return s3Error("InvalidRequest",
                 "This copy request is illegal because it is trying to copy an object to itself "
                 "without changing the object's metadata, storage class, website redirect location "
                 "or encryption attributes.");
}

S3Result<Attributes> copiedAttributes(const Call& call, const Attributes& source) {
  auto attributes = requestedAttributes(call);
  if (!attributes.ok()) return attributes;
  if (call.text("MetadataDirective") != "REPLACE") {
    attributes->headers = source.headers;
    attributes->metadata = source.metadata;
  }
  if (call.text("TaggingDirective") != "REPLACE") attributes->tags = source.tags;
  return attributes;
}

// The checksum of the copy and its ETag. Bytes are read only when what the source has will not do.
struct Fingerprint {
  std::string etag;
  KnownChecksum checksum;
};
S3Result<Fingerprint> fingerprint(const Call& call, store::ObjectReader& reader,
                                  const store::Body& body, const Attributes& source) {
  const auto wanted = algorithmNamed(call.text("ChecksumAlgorithm"));
  const bool usable = source.checksum && !source.checksum->composite &&
                      (!wanted || *wanted == source.checksum->algorithm);
  if (usable && !body.md5().empty()) return Fingerprint{body.md5(), *source.checksum};
  const Algorithm kept = source.checksum ? source.checksum->algorithm : Algorithm::kCrc64Nvme;
  auto digests = digestsOf(call, reader, wanted.value_or(kept));
  if (!digests.ok()) return digests.error();
  return Fingerprint{digests->md5, toKnown(digests->digest)};
}

S3Result<Reply> copyObject(const Call& call) {
  if (const auto bucket = needBucket(call); !bucket.ok()) return bucket.error();
  auto source = openCopySource(call);
  if (!source.ok()) return source.error();
  if (auto wrong = checkSelfCopy(call, *source)) return *wrong;
  const store::ObjectInfo& from = source->reader->info();
  if (from.size > kMostPut) {
    return s3Error("InvalidRequest",
                   "The specified copy source is larger than the maximum allowable size for a copy "
                   "source: " +
                       std::to_string(kMostPut));
  }
  const Attributes before = attributesOf(from.attributes);
  auto attributes = copiedAttributes(call, before);
  if (!attributes.ok()) return attributes.error();
  auto condition = writeCondition(call);
  if (!condition.ok()) return condition.error();
  auto notice = createdNotice(call, "CopyObject");
  if (!notice.ok()) return notice.error();
  auto body = call.deps.objects.copyBody(*source->reader);
  if (!body.ok()) return fromStore(body.error(), source->name.bucket.name);
  auto print = fingerprint(call, *source->reader, **body, before);
  if (!print.ok()) return print.error();
  attributes->checksum = print->checksum;
  const auto put = call.deps.objects.put(call.object(), std::move(*body),
                                         {.etag = print->etag,
                                          .attributes = toText(*attributes),
                                          .condition = *condition,
                                          .notice = std::move(*notice)});
  if (!put.ok()) return fromConditionalWrite(put.error(), call, *condition);

  json result{{"ETag", inQuotes(put->etag)}, {"LastModified", toTimestamp(put->modified)}};
  showChecksum(attributes->checksum, result);
  json output;
  showWritten(*put, *attributes, output);
  output["CopyObjectResult"] = std::move(result);
  if (from.versionId != store::kNullVersion) output["CopySourceVersionId"] = from.versionId;
  return Reply(std::move(output));
}

}  // namespace

void addCopies(Operations& operations) { operations["CopyObject"] = copyObject; }

}  // namespace kiln::api::s3
