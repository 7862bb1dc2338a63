#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "api/logs/event_token.h"
#include "api/logs/families.h"
#include "api/logs/filter_pattern.h"
#include "api/logs/lookup.h"
#include "api/model/json_access.h"
#include "api/model/page_token.h"
#include "store/logs/group_reader.h"

namespace kiln::api::logs {
namespace {

using nlohmann::json;
using store::GroupEvent;
using store::GroupPosition;
using store::GroupReader;

constexpr std::size_t kMostFilteredEvents = 10'000;
constexpr std::size_t kMostFilteredBytes = 1'048'576;
constexpr std::size_t kMostScanned =
    32 << 20;  // bytes; then the page ends, with what was found so far

std::string toCursor(const GroupPosition& at) {
  return std::to_string(at.timestamp) + "/" + std::to_string(at.sequence) + "/" + at.stream;
}

std::optional<GroupPosition> fromCursor(std::string_view text) {
  GroupPosition at;
  const char* const end = text.data() + text.size();
  const auto time = std::from_chars(text.data(), end, at.timestamp);
  if (time.ec != std::errc() || time.ptr == end) return std::nullopt;
  const auto sequence = std::from_chars(time.ptr + 1, end, at.sequence);
  if (sequence.ec != std::errc() || sequence.ptr == end) return std::nullopt;
  at.stream.assign(sequence.ptr + 1, end);
  return at;
}

Found<FilterPattern> patternOf(const json& input, const char* member) {
  auto pattern = FilterPattern::parse(textOf(input, member));
  if (!pattern.ok()) return invalidParameter(pattern.error().message);
  return std::move(*pattern);
}

// What a token is good for: the same search.
std::string listName(const store::LogGroup& group, const json& input) {
  json search = input;
  for (const char* free : {"nextToken", "limit", "logGroupName", "logGroupIdentifier"})
    search.erase(free);
  return "FilterLogEvents/" + group.uid + "/" + search.dump();
}

std::optional<ServiceError> addStreams(GroupReader& reader, const json& input) {
  const auto names = textsOf(input, "logStreamNames");
  const auto prefix = textOf(input, "logStreamNamePrefix");
  if (!names.empty() && !prefix.empty()) {
    return invalidParameter(
        "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.");
  }
  std::vector<std::string> once = names;
  std::sort(once.begin(), once.end());
  once.erase(std::unique(once.begin(), once.end()), once.end());
  for (const auto& name : once) {
    auto there = reader.addStream(name);
    if (!there.ok()) return fromError(there.error());
    if (!*there) return streamNotFound();
  }
  if (!once.empty()) return std::nullopt;
  auto added = reader.addStreams([&](std::string_view name) { return name.starts_with(prefix); });
  if (!added.ok()) return fromError(added.error());
  return std::nullopt;
}

json viewOf(GroupEvent& event) {
  return {{"logStreamName", event.stream->name},
          {"timestamp", event.event.at.timestamp},
          {"message", std::move(event.event.message)},
          {"ingestionTime", event.event.ingestionTime},
          {"eventId", eventId(*event.stream, event.event.at)}};
}

struct Page {
  json events = json::array();
  bool more = false;
  GroupPosition last;  // of the events looked at: the next page goes on after it
};

Result<Page> take(GroupReader& reader, const FilterPattern& pattern, std::size_t limit) {
  Page page;
  std::size_t taken = 0;
  std::size_t scanned = 0;
  for (;;) {
    auto event = reader.next();
    if (!event.ok()) return event.error();
    if (!*event) return page;
    const auto size = (*event)->event.message.size() + store::kEventOverhead;
    const bool full =
        page.events.size() == limit || (taken > 0 && taken + size > kMostFilteredBytes);
    page.more = full || scanned > kMostScanned;
    if (page.more) return page;
    page.last = (*event)->position();
    scanned += size;
    if (!pattern.matches((*event)->event.message)) continue;
    taken += size;
    page.events.push_back(viewOf(**event));
  }
}

Answer filterEvents(const Deps& deps, const json& input, const Scope& scope) {
  auto pattern = patternOf(input, "filterPattern");
  if (!pattern.ok()) return pattern.error();
  auto group = groupOf(deps, scope, input);
  if (!group.ok()) return group.error();
  const auto list = listName(*group, input);
  std::optional<GroupPosition> after;
  if (input.contains("nextToken")) {
    const auto cursor = fromPageToken(list, textOf(input, "nextToken"));
    after = cursor ? fromCursor(*cursor) : std::nullopt;
    if (!after) return invalidToken();
  }
  constexpr auto kEver = std::numeric_limits<std::int64_t>::max();
  const auto end = numberOf(input, "endTime").value_or(kEver);  // its events are wanted too
  GroupReader reader(deps.events, deps.catalog, *group, numberOf(input, "startTime").value_or(0),
                     end == kEver ? kEver : end + 1, std::move(after));
  if (auto wrong = addStreams(reader, input)) return *wrong;
  auto page = take(reader, *pattern,
                   static_cast<std::size_t>(
                       numberOf(input, "limit").value_or(std::int64_t{kMostFilteredEvents})));
  if (!page.ok()) return fromError(page.error());
  json answer{{"events", std::move(page->events)}, {"searchedLogStreams", json::array()}};
  if (page->more) answer["nextToken"] = toPageToken(list, toCursor(page->last));
  return answer;
}

Answer testFilter(const json& input) {
  auto pattern = patternOf(input, "filterPattern");
  if (!pattern.ok()) return pattern.error();
  json matches = json::array();
  std::int64_t number = 0;
  for (const auto& message : textsOf(input, "logEventMessages")) {
    ++number;
    if (!pattern->matches(message)) continue;
    matches.push_back({{"eventNumber", number},
                       {"eventMessage", message},
                       {"extractedValues", json(pattern->extract(message))}});
  }
  return json{{"matches", std::move(matches)}};
}

}  // namespace

void addFilterOperations(Operations& operations, const Deps& deps) {
  operations["FilterLogEvents"] = [deps](const json& input, const CallContext& context) {
    return filterEvents(deps, input, context.scope);
  };
  operations["TestMetricFilter"] = [](const json& input, const CallContext&) {
    return testFilter(input);
  };
}

}  // namespace kiln::api::logs
