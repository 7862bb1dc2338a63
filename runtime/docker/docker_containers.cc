// DockerRuntime: removal, lists, files in and out, events.
#include "runtime/docker/docker_runtime_impl.h"
#include "runtime/docker/json_lines.h"
#include "runtime/docker/labels.h"

namespace kiln::runtime {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::string sinceText(std::int64_t nanos) {
  auto rest = std::to_string(kNanosPerSecond + nanos % kNanosPerSecond).substr(1);
  return std::to_string(nanos / kNanosPerSecond) + "." + rest;
}

}  // namespace

Status DockerRuntime::ensureRemoved(const BuildId& id) {
  auto found = impl_->findOurs(id);
  if (!found.ok()) return found.error();
  return *found ? impl_->remove((*found)->status.id) : okStatus();
}

Status DockerRuntime::removeOwned(const std::string& containerId) {
  auto found = impl_->look(containerId);
  if (!found.ok()) return found.error();
  if (!*found) return okStatus();
  if ((*found)->labels[std::string(kStoreLabel)] != impl_->storeId) {
    return Error{Code::kFailedPrecondition,
                 "container " + (*found)->name + " belongs to another owner"};
  }
  return impl_->remove((*found)->status.id);
}

Status DockerRuntime::Impl::remove(const std::string& containerId) {
  auto reply =
      client.call({.method = "DELETE", .path = "/containers/" + containerId + "?force=1&v=1"});
  if (!reply.ok()) return reply.error();
  if (reply->ok() || reply->status == 404) return okStatus();
  bool underWay = reply->status == 409 && reply->body.find("in progress") != std::string::npos;
  if (!underWay) return errorFrom(*reply, "removing container " + containerId);
  auto gone = client.call(
      {.method = "POST", .path = "/containers/" + containerId + "/wait?condition=removed"});
  if (!gone.ok()) return gone.error();
  auto still = look(containerId);
  if (!still.ok()) return still.error();
  if (!*still) return okStatus();
  return Error{Code::kUnavailable,
               "removing container " + containerId + ": its removal is still in progress"};
}

Result<std::vector<OwnedContainer>> DockerRuntime::listOwned() {
  auto filters = encodeUrl(labelFilter(kStoreLabel, impl_->storeId, false));
  auto reply = impl_->client.get("/containers/json?all=1&filters=" + filters);
  if (!reply.ok()) return reply.error();
  if (!reply->ok()) return errorFrom(*reply, "listing containers");
  return ownedFrom(reply->body);
}

Status DockerRuntime::copyOut(const BuildId& id, const std::string& path, std::stop_token stop,
                              const std::function<Status(std::string_view)>& sink) {
  auto found = impl_->getOurs(id, "copying " + path + " out", stop);
  if (!found.ok()) return found.error();
  EngineRequest request{.path =
                            "/containers/" + found->status.id + "/archive?path=" + encodeUrl(path)};
  request.sink = sink;
  request.stop = std::move(stop);
  auto reply = impl_->client.call(request);
  if (!reply.ok()) return reply.error();
  return reply->ok() ? okStatus() : errorFrom(*reply, "copying " + path + " out of " + found->name);
}

Status DockerRuntime::copyIn(const BuildId& id, const std::string& directory,
                             const std::function<Result<std::string>()>& source) {
  auto found = impl_->getOurs(id, "copying into " + directory);
  if (!found.ok()) return found.error();
  EngineRequest request{
      .method = "PUT",
      .path = "/containers/" + found->status.id + "/archive?path=" + encodeUrl(directory)};
  request.source = source;
  auto reply = impl_->client.call(request);
  if (!reply.ok()) return reply.error();
  return reply->ok() ? okStatus()
                     : errorFrom(*reply, "copying into " + directory + " of " + found->name);
}

Status DockerRuntime::followEvents(std::stop_token stop,
                                   const std::function<void(const std::string&)>& seen) {
  auto since = impl_->eventsSince.with([](auto& known) { return known; });
  if (since
          .empty()) {  // from now on, by the engine's clock, so that a lost connection can be resumed even before the first event
    auto pong = impl_->client.get("/version");
    if (!pong.ok()) return pong.error();
    since = std::to_string(pong->unixSeconds);
    impl_->eventsSince.with([&](auto& known) { known = since; });
  }
  JsonLines lines;
  EngineRequest request{.path = "/events?since=" + since + "&filters=" +
                                encodeUrl(labelFilter(kStoreLabel, impl_->storeId, true))};
  request.stop = stop;
  request.mayIdle = true;
  request.sink = [&](std::string_view bytes) {
    return lines.push(bytes, [&](std::string_view line) -> Status {
      auto event = eventFrom(line);
      if (!event.ok()) return event.error();
      impl_->eventsSince.with([&](auto& known) { known = sinceText(event->nanos); });
      if (!event->buildArn.empty()) seen(event->buildArn);
      return okStatus();
    });
  };
  auto reply = impl_->client.call(request);
  if (stop.stop_requested()) return okStatus();
  if (!reply.ok()) return reply.error();
  if (!reply->ok()) return errorFrom(*reply, "following the engine's events");
  impl_->client.distrust();
  return Error{Code::kUnavailable, "the engine ended its stream of events"};
}

}  // namespace kiln::runtime
