// PutObject.
#include <nlohmann/json.hpp>

#include "api/s3/notify.h"
#include "api/s3/objects.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

S3Result<Reply> putObject(const Call& call) {
  if (const auto bucket = needBucket(call); !bucket.ok()) return bucket.error();
  if (call.number("WriteOffsetBytes"))
    return s3Error("NotImplemented").with("Header", "x-amz-write-offset-bytes");
  auto attributes = requestedAttributes(call);
  if (!attributes.ok()) return attributes.error();
  auto condition = writeCondition(call);
  if (!condition.ok()) return condition.error();
  auto notice = createdNotice(call, "PutObject");
  if (!notice.ok()) return notice.error();
  auto received = receive(call, Algorithm::kCrc64Nvme);
  if (!received.ok()) return received.error();
  attributes->checksum = toKnown(received->digest);
  const std::string etag = received->body->md5();
  const auto put = call.deps.objects.put(call.object(), std::move(received->body),
                                         {.etag = etag,
                                          .attributes = toText(*attributes),
                                          .condition = *condition,
                                          .notice = std::move(*notice)});
  if (!put.ok()) return fromConditionalWrite(put.error(), call, *condition);
  json output;
  showWritten(*put, *attributes, output);
  showChecksum(attributes->checksum, output);
  return Reply(std::move(output));
}

}  // namespace

void addObjectWrites(Operations& operations) { operations["PutObject"] = putObject; }

}  // namespace kiln::api::s3
