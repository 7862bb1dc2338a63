#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/logs/families.h"
#include "api/logs/lookup.h"
#include "api/model/json_access.h"
#include "api/model/page_token.h"

namespace kiln::api::logs {
namespace {

using nlohmann::json;
using store::LogGroup;
using store::LogStream;
using store::Order;

Answer createStream(const Deps& deps, const json& input, const Scope& scope) {
  auto group = getGroup(deps, scope, textOf(input, "logGroupName"));
  if (!group.ok()) return group.error();
  auto made = deps.catalog.createStream(*group, textOf(input, "logStreamName"));
  if (made.ok()) return json::object();
  if (made.error().code == Code::kNotFound) return groupNotFound();
  return failureOf(made.error(), streamExists());
}

Answer deleteStream(const Deps& deps, const json& input, const Scope& scope) {
  auto group = getGroup(deps, scope, textOf(input, "logGroupName"));
  if (!group.ok()) return group.error();
  auto done = deps.catalog.removeStream(*group, textOf(input, "logStreamName"));
  if (!done.ok()) return failureOf(done.error(), streamNotFound());
  return json::object();
}

// Of what has not expired: the first event may have, although its row is still there.
Status hideExpired(const Deps& deps, const LogGroup& group, const LogStream& stream,
                   store::StreamFigures& figures) {
  const auto expiry = group.expiry(toUnixMillis(deps.clock.now()));
  if (!figures.firstEvent || *figures.firstEvent >= expiry) return okStatus();
  auto reader = deps.events.read(group, stream, {}, Order::kAscending);
  if (!reader.ok()) return reader.error();
  auto first = reader->next();
  if (!first.ok()) return first.error();
  figures.firstEvent = figures.lastEvent = std::nullopt;
  if (!*first) return okStatus();
  figures.firstEvent = (*first)->at.timestamp;
  auto backwards = deps.events.read(group, stream, {}, Order::kDescending);
  if (!backwards.ok()) return backwards.error();
  auto last = backwards->next();
  if (!last.ok()) return last.error();
  if (*last) figures.lastEvent = (*last)->at.timestamp;
  return okStatus();
}

Found<json> viewOf(const Deps& deps, const LogGroup& group, const LogStream& stream) {
  auto figures = deps.catalog.figures(stream);
  if (!figures.ok()) return fromError(figures.error());
  if (auto hidden = hideExpired(deps, group, stream, *figures); !hidden.ok())
    return fromError(hidden.error());
  json view{{"logStreamName", stream.name},
            {"creationTime", stream.creationTime},
            {"arn", stream.arn()},
            {"storedBytes", 0}};  // of a stream AWS gives no other since 2019
  if (figures->firstEvent) view["firstEventTimestamp"] = *figures->firstEvent;
  if (figures->lastEvent) view["lastEventTimestamp"] = *figures->lastEvent;
  if (figures->lastIngestion) {
    view["lastIngestionTime"] = *figures->lastIngestion;
    auto digits = std::to_string(figures->nextSequence);
    view["uploadSequenceToken"] = std::string(56 - digits.size(), '0') + digits;
  }
  return view;
}

Answer describeStreams(const Deps& deps, const json& input, const Scope& scope) {
  auto group = groupOf(deps, scope, input);
  if (!group.ok()) return group.error();
  const bool byTime = textOf(input, "orderBy") == "LastEventTime";
  const auto prefix = textOf(input, "logStreamNamePrefix");
  if (byTime && !prefix.empty())
    return invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  const auto order = flagOf(input, "descending") ? Order::kDescending : Order::kAscending;
  const std::string list = "DescribeLogStreams/" + group->uid + (byTime ? "/time/" : "/name/") +
                           (order == Order::kAscending ? "up/" : "down/") + prefix;
  std::string cursor;
  if (input.contains("nextToken")) {
    auto parsed = fromPageToken(list, textOf(input, "nextToken"));
    if (!parsed) return invalidToken();
    cursor = std::move(*parsed);
  }
  const auto limit = static_cast<std::size_t>(numberOf(input, "limit").value_or(50));
  auto names = byTime ? deps.catalog.listStreamsByTime(*group, cursor, limit, order)
                      : deps.catalog.listStreams(*group, prefix, cursor, limit, order);
  if (!names.ok()) return fromError(names.error());
  json streams = json::array();
  for (const auto& name : names->names) {
    auto stream = getStream(deps, *group, name);
    if (!stream.ok() && stream.error().shape == streamNotFound().shape) continue;
    auto view = stream.ok() ? viewOf(deps, *group, *stream) : Found<json>(stream.error());
    if (!view.ok()) return view.error();
    streams.push_back(std::move(*view));
  }
  json answer{{"logStreams", std::move(streams)}};
  if (!names->next.empty()) answer["nextToken"] = toPageToken(list, names->next);
  return answer;
}

}  // namespace

void addStreamOperations(Operations& operations, const Deps& deps) {
  operations["CreateLogStream"] = [deps](const json& input, const CallContext& context) {
    return createStream(deps, input, context.scope);
  };
  operations["DeleteLogStream"] = [deps](const json& input, const CallContext& context) {
    return deleteStream(deps, input, context.scope);
  };
  operations["DescribeLogStreams"] = [deps](const json& input, const CallContext& context) {
    return describeStreams(deps, input, context.scope);
  };
}

}  // namespace kiln::api::logs
