#include "api/s3/call.h"

#include <nlohmann/json.hpp>

#include "api/model/timestamp.h"

namespace kiln::api::s3 {

using nlohmann::json;

std::string Call::text(const char* member) const {
  const auto at = input.find(member);
  return at == input.end() || !at->is_string() ? std::string() : at->get<std::string>();
}

std::optional<std::int64_t> Call::number(const char* member) const {
  const auto at = input.find(member);
  if (at == input.end() || !at->is_number_integer()) return std::nullopt;
  return at->get<std::int64_t>();
}

std::optional<TimePoint> Call::time(const char* member) const {
  const auto at = input.find(member);
  if (at == input.end() || !at->is_number()) return std::nullopt;
  return fromTimestamp(*at);
}

bool Call::flag(const char* member) const {
  const auto at = input.find(member);
  return at != input.end() && at->is_boolean() && at->get<bool>();
}

Reply::Reply() : Reply(json::object()) {}
Reply::Reply(json members) : output(std::make_unique<json>(std::move(members))) {}
Reply::~Reply() = default;
Reply::Reply(Reply&&) noexcept = default;
Reply& Reply::operator=(Reply&&) noexcept = default;

S3Result<store::BucketInfo> needBucket(const Call& call) {
  auto bucket = call.deps.objects.findBucket(call.bucketId());
  if (!bucket.ok()) return fromStore(bucket.error(), call.bucket);
  if (!*bucket) return noSuchBucket(call.bucket);
  return **bucket;
}

}  // namespace kiln::api::s3
