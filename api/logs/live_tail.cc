#include "api/logs/live_tail.h"

#include <nlohmann/json.hpp>

#include "api/logs/families.h"
#include "api/logs/lookup.h"
#include "api/logs/tail_session.h"
#include "api/model/json_access.h"

namespace kiln::api::logs {
namespace {

using nlohmann::json;

Answer startTail(const Deps& deps, const json& input, const CallContext& context) {
  auto pattern = FilterPattern::parse(textOf(input, "logEventFilterPattern"));
  if (!pattern.ok()) return invalidParameter(pattern.error().message);
  TailRequest request{.groups = {},
                      .identifiers = textsOf(input, "logGroupIdentifiers"),
                      .streams = textsOf(input, "logStreamNames"),
                      .prefixes = textsOf(input, "logStreamNamePrefixes"),
                      .patternText = textOf(input, "logEventFilterPattern"),
                      .pattern = std::move(*pattern)};
  if (!request.streams.empty() && !request.prefixes.empty()) {
    return invalidParameter(
        "logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.");
  }
  if ((!request.streams.empty() || !request.prefixes.empty()) && request.identifiers.size() > 1) {
    return invalidParameter(
        "logStreamNames and logStreamNamePrefixes need exactly one log group identifier.");
  }
  for (const auto& identifier : request.identifiers) {
    auto group = getGroup(deps, context.scope, identifier);
    if (!group.ok()) return group.error();
    request.groups.push_back(std::move(*group));
  }
  deps.tails.open(context.requestId, std::move(request));
  return json::object();
}

}  // namespace

void LiveTails::open(const std::string& requestId, TailRequest request) {
  auto session = std::make_shared<TailSession>(requestId, std::move(request), clock_);
  session->follow(events_);
  std::lock_guard lock(mutex_);
  opened_[requestId] = std::move(session);
}

Response LiveTails::begin(const std::string& requestId) {
  std::shared_ptr<TailSession> session;
  {
    std::lock_guard lock(mutex_);
    session = std::move(opened_.extract(requestId).mapped());
  }
  Response response;
  response.headers["content-type"] = "application/vnd.amazon.eventstream";
  response.stream = [session](BodyWriter& out) { session->run(out); };
  return response;
}

void addTailOperations(Operations& operations, const Deps& deps) {
  operations["StartLiveTail"] = [deps](const json& input, const CallContext& context) {
    return startTail(deps, input, context);
  };
}

}  // namespace kiln::api::logs
