#include "api/s3/presigned.h"

#include <charconv>

#include "api/model/timestamp.h"

namespace kiln::api::s3 {
namespace {

constexpr std::int64_t kLongestExpiry = 604800;
constexpr std::int64_t kLastSecond = 253402300799;  // of the year 9999

std::optional<std::int64_t> numberOf(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

S3Error badParameter(std::string message) {
  return {"AuthorizationQueryParametersError", std::move(message), 400};
}

S3Error expired(TimePoint at, TimePoint now) {
  return s3Error("AccessDenied", "Request has expired")
      .with("Expires", toIsoMillis(at))
      .with("ServerTime", toIsoMillis(now));
}

std::optional<S3Error> checkVersion4(const Request& request, TimePoint now) {
  const auto seconds = numberOf(request.parameter("X-Amz-Expires"));
  if (!seconds) return badParameter("X-Amz-Expires should be a number");
  if (*seconds < 0) return badParameter("X-Amz-Expires must be non-negative");
  if (*seconds > kLongestExpiry) {
    return badParameter(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
        "must be less than 604800 seconds");
  }
  const auto date = fromIso8601(request.parameter("X-Amz-Date"));
  if (!date) {
    return badParameter("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  }
  const TimePoint end = *date + Seconds(*seconds);
  if (now > end) return expired(end, now);
  return std::nullopt;
}

}  // namespace

std::optional<S3Error> checkExpiry(const Request& request, TimePoint now) {
  if (request.query.contains("X-Amz-Signature")) return checkVersion4(request, now);
  if (!request.query.contains("Signature") || !request.query.contains("Expires"))
    return std::nullopt;
  const auto end = numberOf(request.parameter("Expires"));
  if (!end || *end < 0 || *end > kLastSecond)
    return s3Error("AccessDenied", "Invalid date (should be seconds since epoch): " +
                                       std::string(request.parameter("Expires").substr(0, 64)));
  const TimePoint at = fromUnixMillis(*end * 1000);
  if (now > at) return expired(at, now);
  return std::nullopt;
}

}  // namespace kiln::api::s3
