#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/logs/event_token.h"
#include "api/logs/families.h"
#include "api/logs/lookup.h"
#include "api/model/json_access.h"

namespace kiln::api::logs {
namespace {

using nlohmann::json;
using store::EventPosition;
using store::EventWindow;
using store::StoredEvent;

constexpr std::size_t kMostEvents = 10'000;
constexpr std::size_t kMostBytes = 1'048'576;

// The window asked for; its end is a time that is no longer in it.
EventWindow windowOf(const json& input) {
  EventWindow window;
  if (auto from = numberOf(input, "startTime")) window.from = {*from, 0};
  if (auto before = numberOf(input, "endTime")) window.before = {*before, 0};
  return window;
}

Result<std::vector<StoredEvent>> take(store::EventReader& reader, std::size_t limit) {
  std::vector<StoredEvent> events;
  std::size_t bytes = 0;
  while (events.size() < limit) {
    auto event = reader.next();
    if (!event.ok()) return event.error();
    if (!*event) break;
    bytes += (*event)->message.size() + store::kEventOverhead;
    if (bytes > kMostBytes && !events.empty()) break;
    events.push_back(std::move(**event));
  }
  return events;
}

json viewOf(std::vector<StoredEvent>& events) {
  json::array_t list;
  list.reserve(events.size());
  for (auto& event : events) {
    list.push_back({{"timestamp", event.at.timestamp},
                    {"message", std::move(event.message)},
                    {"ingestionTime", event.ingestionTime}});
  }
  return list;
}

Answer getEvents(const Deps& deps, const json& input, const Scope& scope) {
  auto group = groupOf(deps, scope, input);
  if (!group.ok()) return group.error();
  auto stream = getStream(deps, *group, textOf(input, "logStreamName"));
  if (!stream.ok()) return stream.error();
  EventWindow window = windowOf(input);
  EventToken at{flagOf(input, "startFromHead"), window.from};
  if (input.contains("nextToken")) {
    auto parsed = fromToken(*stream, textOf(input, "nextToken"));
    if (!parsed) return invalidToken();
    at = *parsed;
    if (at.forward) window.from = std::max(window.from, at.at);
    if (!at.forward) window.before = std::min(window.before, at.at);
  }
  auto reader = deps.events.read(*group, *stream, window,
                                 at.forward ? store::Order::kAscending : store::Order::kDescending);
  if (!reader.ok()) return fromError(reader.error());
  auto events =
      take(*reader,
           static_cast<std::size_t>(numberOf(input, "limit").value_or(std::int64_t{kMostEvents})));
  if (!events.ok()) return fromError(events.error());
  if (!at.forward) std::reverse(events->begin(), events->end());
  EventPosition after = at.at;
  EventPosition before = at.at;
  if (!events->empty()) {
    before = events->front().at;
    after = {events->back().at.timestamp, events->back().at.sequence + 1};
  }
  return json{{"events", viewOf(*events)},
              {"nextForwardToken", toToken(*stream, {true, after})},
              {"nextBackwardToken", toToken(*stream, {false, before})}};
}

}  // namespace

void addGetOperations(Operations& operations, const Deps& deps) {
  operations["GetLogEvents"] = [deps](const json& input, const CallContext& context) {
    return getEvents(deps, input, context.scope);
  };
}

}  // namespace kiln::api::logs
