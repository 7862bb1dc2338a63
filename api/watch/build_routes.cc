#include "api/watch/build_routes.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/http/percent.h"
#include "api/watch/answers.h"
#include "api/watch/build_pages.h"
#include "api/watch/log_stream.h"
#include "controller/core/text.h"
#include "store/records/build_record.h"

namespace kiln::api {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kBuilds = "/_kiln/builds";
constexpr std::string_view kLogs = "/logs";
constexpr std::uint64_t kMostOfAList = 1'000;

Response okJson(std::string body) { return Response::json(200, std::move(body) + "\n"); }

double epochSeconds(TimePoint time) { return static_cast<double>(toUnixMillis(time)) / 1000.0; }

// What a list tells of a build.
ordered_json summary(const Build& build) {
  ordered_json line = {{"id", build.id.name()},
                       {"arn", build.id.arn()},
                       {"projectName", build.id.project},
                       {"region", build.id.scope.region},
                       {"buildNumber", build.spec.number},
                       {"buildStatus", name(build.state.outcome)},
                       {"currentPhase", name(build.phase())},
                       {"initiator", build.spec.initiator},
                       {"startTime", epochSeconds(build.spec.startTime)}};
  if (build.complete()) line["endTime"] = epochSeconds(build.current().start);
  line["resourceVersion"] = build.resourceVersion;
  return line;
}

Response list(const WatchDeps& deps, const Request& request) {
  const auto known = checkParameters(request, {"project", "id", "region", "limit", "cursor"});
  if (!known.ok()) return failure(known.error());
  auto selector = parseSelector(request);
  if (!selector.ok()) return failure(selector.error());
  auto limit = parseNumber(request, "limit", 1, kMostOfAList, 20);
  if (!limit.ok()) return failure(limit.error());
  const std::string given(request.parameter("cursor"));
  auto cursor = fromHex(given);
  if (!cursor)
    return failure(
        {Code::kInvalidArgument, "cursor=" + given + ": give the `next` of the page before"});
  // Before the reading: a watch from here on misses nothing of it.
  const std::uint64_t version = deps.store.version();
  auto page = readBuilds(deps.store, *selector, *cursor, *limit, store::Order::kDescending);
  if (!page.ok()) return failure(page.error());
  ordered_json body = {{"resourceVersion", version}, {"builds", ordered_json::array()}};
  for (const store::Resource& resource : page->builds) {
    auto build = store::toBuild(resource);
    if (!build.ok()) return failure(build.error());
    body["builds"].push_back(summary(asShown(*std::move(build))));
  }
  if (!page->next.empty()) body["next"] = toHex(page->next);
  return okJson(body.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

Result<store::Resource> findAsked(const WatchDeps& deps, const Request& request,
                                  std::string_view raw) {
  auto scope = parseScope(request);
  if (!scope.ok()) return scope.error();
  return findBuild(deps.store, *scope, percentDecoded(raw));
}

Response one(const WatchDeps& deps, const Request& request, std::string_view raw) {
  if (const auto known = checkParameters(request, {"region"}); !known.ok())
    return failure(known.error());
  auto found = findAsked(deps, request, raw);
  if (!found.ok()) return failure(found.error());
  auto object = renderBuild(*found);
  if (object) return okJson(*std::move(object));
  return failure({Code::kCorrupt, "The record of build " + found->meta.key.name +
                                      " cannot be read; the server's log says why."});
}

Result<LogRequest> parseLogRequest(const Request& request, const ResourceKey& key) {
  const auto known = checkParameters(request, {"follow", "offset", "timestamps", "region"});
  if (!known.ok()) return known.error();
  LogRequest asked{
      .id = BuildId::fromKey(key), .format = LogFormat::kPlain, .offset = 0, .follow = false};
  auto follow = parseSwitch(request, "follow");
  if (!follow.ok()) return follow.error();
  asked.follow = *follow;
  auto offset = parseNumber(request, "offset", 0, std::numeric_limits<std::uint64_t>::max(), 0);
  if (!offset.ok()) return offset.error();
  asked.offset = *offset;
  auto timestamps = parseSwitch(request, "timestamps");
  if (!timestamps.ok()) return timestamps.error();
  if (*timestamps) asked.format = LogFormat::kTimestamps;
  if (request.header("accept").find("application/x-ndjson") != std::string_view::npos) {
    asked.format = LogFormat::kJsonLines;
  }
  return asked;
}

Response log(const WatchDeps& deps, const Request& request, std::string_view raw) {
  auto found = findAsked(deps, request, raw);
  if (!found.ok()) return plainFailure(found.error());
  auto asked = parseLogRequest(request, found->meta.key);
  if (!asked.ok()) return plainFailure(asked.error());
  Response response;
  response.headers["content-type"] =
      asked->format == LogFormat::kJsonLines ? "application/x-ndjson" : "text/plain; charset=utf-8";
  response.headers["cache-control"] = "no-cache";
  response.stream = [&deps, asked = *asked](BodyWriter& out) {
    LogStream(deps.store, deps.logs, asked, deps.limits.slice).run(out);
  };
  return response;
}

}  // namespace

Response routeBuilds(const WatchDeps& deps, const Request& request) {
  std::string_view rest = request.path;
  rest.remove_prefix(std::min(rest.size(), kBuilds.size()));
  while (rest.starts_with('/')) rest.remove_prefix(1);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.empty()) return list(deps, request);
  if (!rest.ends_with(kLogs)) return one(deps, request, rest);
  rest.remove_suffix(kLogs.size());
  return log(deps, request, rest);
}

}  // namespace kiln::api
