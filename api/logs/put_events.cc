#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/logs/families.h"
#include "api/logs/lookup.h"
#include "api/model/json_access.h"

namespace kiln::api::logs {
namespace {

using nlohmann::json;
using store::LogEvent;

constexpr std::size_t kMostBytes = 1'048'576;  // of a batch, and so of an event
constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kMostSpan = 24 * kHour;
constexpr std::int64_t kOldest = 14 * 24 * kHour;
constexpr std::int64_t kNewest = 2 * kHour;

std::vector<LogEvent> eventsOf(const json& input) {
  const json& given = input.at("logEvents");
  std::vector<LogEvent> events;
  events.reserve(given.size());
  for (const json& event : given) {
    events.push_back({event.at("timestamp").get<std::int64_t>(),
                      event.at("message").get_ref<const std::string&>()});
  }
  return events;
}

std::optional<ServiceError> checkBatch(const std::vector<LogEvent>& events) {
  std::size_t bytes = 0;
  for (const auto& event : events) {
    const auto size = store::sizeOf(event);
    if (size > kMostBytes) {
      return invalidParameter("Log event too large: " + std::to_string(size) +
                              " bytes exceeds limit of " + std::to_string(kMostBytes));
    }
    bytes += size;
  }
  if (bytes > kMostBytes) {
    return invalidParameter("Upload too large: " + std::to_string(bytes) +
                            " bytes exceeds limit of " + std::to_string(kMostBytes));
  }
  const auto inOrder = [](const LogEvent& a, const LogEvent& b) {
    return a.timestamp < b.timestamp;
  };
  if (!std::is_sorted(events.begin(), events.end(), inOrder)) {
    return invalidParameter(
        "Log events in a single PutLogEvents request must be in chronological order.");
  }
  if (events.back().timestamp - events.front().timestamp > kMostSpan) {
    return invalidParameter(
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  return std::nullopt;
}

// Takes out what is too old or too new to be kept, and tells which.
json reject(std::vector<LogEvent>& events, std::int64_t now, std::int64_t expiry) {
  const auto indexOf = [&](std::int64_t time) {
    const auto at = std::lower_bound(
        events.begin(), events.end(), time,
        [](const LogEvent& event, std::int64_t limit) { return event.timestamp < limit; });
    return at - events.begin();
  };
  const auto expired = indexOf(expiry);
  const auto old = indexOf(now - kOldest);
  const auto fresh = indexOf(now + kNewest + 1);
  json info;
  if (expired > 0) info["expiredLogEventEndIndex"] = expired;
  if (old > 0) info["tooOldLogEventEndIndex"] = old;
  if (fresh < std::ssize(events)) info["tooNewLogEventStartIndex"] = fresh;
  events.erase(events.begin() + fresh, events.end());
  events.erase(events.begin(), events.begin() + std::min(std::max(expired, old), fresh));
  return info;
}

// Sequence tokens are no longer needed: any is accepted, and one is given.
std::string sequenceToken(TimePoint now) {
  auto digits = std::to_string(toUnixMicros(now));
  return "49" + std::string(54 - digits.size(), '0') + digits;
}

Answer putEvents(const Deps& deps, const json& input, const Scope& scope) {
  auto events = eventsOf(input);
  if (auto wrong = checkBatch(events)) return *wrong;
  auto group = getGroup(deps, scope, textOf(input, "logGroupName"));
  if (!group.ok()) return group.error();
  auto stream = getStream(deps, *group, textOf(input, "logStreamName"));
  if (!stream.ok()) return stream.error();
  const auto now = deps.clock.now();
  json rejected = reject(events, toUnixMillis(now), group->expiry(toUnixMillis(now)));
  if (auto put = deps.events.append(*stream, std::move(events)); !put.ok())
    return failureOf(put.error(), streamNotFound());
  return json{{"nextSequenceToken", sequenceToken(now)},
              {"rejectedLogEventsInfo", std::move(rejected)}};
}

}  // namespace

void addPutOperations(Operations& operations, const Deps& deps) {
  operations["PutLogEvents"] = [deps](const json& input, const CallContext& context) {
    return putEvents(deps, input, context.scope);
  };
}

}  // namespace kiln::api::logs
