#include "api/watch/watch_routes.h"

#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "api/watch/answers.h"
#include "api/watch/build_routes.h"

namespace kiln::api {
namespace {

constexpr std::uint64_t kAnyVersion = std::numeric_limits<std::uint64_t>::max();

Response streaming(std::string_view type, std::function<void(BodyWriter&)> stream) {
  Response response;
  response.headers["content-type"] = std::string(type);
  response.headers["cache-control"] = "no-cache";
  response.stream = std::move(stream);
  return response;
}

// Where the client wants to go on: a reconnecting event source says it in a header that outdates its address. 0: from the start.
Result<std::optional<std::uint64_t>> parseFrom(const Request& request, WatchFormat format) {
  auto from = parseNumber(request, "resourceVersion", 0, kAnyVersion, 0);
  const std::string_view last = request.header("last-event-id");
  if (format == WatchFormat::kEvents && !last.empty()) {
    Request resumed;
    resumed.query.emplace("Last-Event-ID", last);
    from = parseNumber(resumed, "Last-Event-ID", 0, kAnyVersion, 0);
  }
  if (!from.ok()) return from.error();
  return *from == 0 ? std::optional<std::uint64_t>() : std::optional(*from);
}

Status checkWindow(const store::Store& store, std::uint64_t from) {
  const std::uint64_t now = store.version();
  if (from <= now) return dropValue(store.readFeed(from, 1));
  return Error{Code::kGone, "resourceVersion " + std::to_string(from) +
                                " is not of this store, which is at " + std::to_string(now) +
                                ": watch again without it"};
}

Response watchBuilds(const WatchDeps& deps, const Request& request) {
  const bool events = request.header("accept").find("text/event-stream") != std::string_view::npos;
  const WatchFormat format = events ? WatchFormat::kEvents : WatchFormat::kLines;
  const auto known = checkParameters(request, {"resourceVersion", "project", "id", "region"});
  if (!known.ok()) return failure(known.error());
  auto selector = parseSelector(request);
  if (!selector.ok()) return failure(selector.error());
  auto from = parseFrom(request, format);
  if (!from.ok()) return failure(from.error());
  if (*from) {
    const Status inside = checkWindow(deps.store, **from);
    if (!inside.ok()) return failure(inside.error());
  }
  return streaming(
      contentType(format), [&deps, format, selector = *selector, from = *from](BodyWriter& out) {
        WatchStream(deps.store, deps.hub, deps.clock, deps.limits, selector, format).run(from, out);
      });
}

Response health(const std::string& version) {
  const nlohmann::ordered_json body = {{"status", "ok"}, {"version", version}};
  return Response::json(200, body.dump() + "\n");
}

Response ready(Readiness& readiness) {
  const ReadyReport report = readiness.report();
  return Response::json(report.ready ? 200 : 503, report.json);
}

Response metrics(const WatchDeps& deps) {
  Response response;
  response.headers["content-type"] = "text/plain; version=0.0.4; charset=utf-8";
  if (deps.metrics) response.body = deps.metrics();
  return response;
}

}  // namespace

void addWatchRoutes(Router& router, WatchDeps given) {
  auto deps = std::make_shared<const WatchDeps>(std::move(given));
  auto readiness = std::make_shared<Readiness>(deps->ready, deps->clock);
  router.addPath("GET", "/_kiln/watch/builds",
                 [deps](Request& request) { return watchBuilds(*deps, request); });
  router.addPath("GET", "/_kiln/builds",
                 [deps](Request& request) { return routeBuilds(*deps, request); });
  router.addPath("GET", "/_kiln/health", [deps](Request&) { return health(deps->version); });
  router.addPath("GET", "/_kiln/ready", [readiness](Request&) { return ready(*readiness); });
  router.addPath("GET", "/_kiln/metrics", [deps](Request&) { return metrics(*deps); });
}

}  // namespace kiln::api
