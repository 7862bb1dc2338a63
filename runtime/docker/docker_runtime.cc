#include "runtime/docker/docker_runtime.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>

#include "runtime/docker/attached_stream.h"
#include "runtime/docker/docker_runtime_impl.h"
#include "runtime/docker/labels.h"
#include "runtime/docker/start_error.h"

namespace kiln::runtime {
namespace {

// Is it an address of this host? (A remote engine's bridge is not.)
bool isOwnAddress(const std::string& address) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return false;
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, freeifaddrs);
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    char text[NI_MAXHOST];
    bool told = getnameinfo(each->ifa_addr, sizeof(sockaddr_in), text, sizeof text, nullptr, 0,
                            NI_NUMERICHOST) == 0;
    if (told && address == text) return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<DockerRuntime>> DockerRuntime::make(const config::EngineSettings& settings,
                                                           std::string storeId,
                                                           std::filesystem::path agentProgram) {
  auto endpoint = discoverEndpoint(settings);
  if (!endpoint.ok()) return endpoint.error();
  return std::unique_ptr<DockerRuntime>(new DockerRuntime(
      std::make_unique<Impl>(settings, *endpoint, std::move(storeId), std::move(agentProgram))));
}

DockerRuntime::DockerRuntime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DockerRuntime::~DockerRuntime() = default;

std::string DockerRuntime::endpoint() const { return impl_->client.endpoint().text(); }

Result<EngineInfo> DockerRuntime::info() {
  const auto absences = impl_->client.absences();
  auto known = impl_->known.with([](const auto& learnt) { return learnt; });
  if (known.engine && known.absences == absences) {
    auto there = impl_->client.ping();
    if (!there.ok()) return there.error();
    return *known.engine;
  }
  auto engine = impl_->ask();
  if (engine.ok()) impl_->known.with([&](auto& learnt) { learnt = {*engine, absences}; });
  return engine;
}

Result<EngineInfo> DockerRuntime::Impl::ask() {
  auto info = client.get("/info");
  if (!info.ok()) return info.error();
  if (!info->ok()) return errorFrom(*info, "asking the engine for its information");
  auto version = client.get("/version");
  if (!version.ok()) return version.error();
  if (!version->ok()) return errorFrom(*version, "asking the engine for its version");
  auto engine = engineInfoFrom(info->body, version->body);
  if (!engine.ok()) return engine;
  auto api = client.apiVersion();
  if (!api.ok()) return api.error();
  engine->apiVersion = *api;
  for (const char* network : {"bridge", "podman"}) {
    auto bridge = client.get(std::string("/networks/") + network);
    if (!bridge.ok()) return bridge.error();
    if (!bridge->ok()) continue;
    auto gateway = gatewayFrom(bridge->body);
    if (isOwnAddress(gateway)) engine->bridgeAddress = gateway;
    break;
  }
  return engine;
}

Result<std::optional<InspectedContainer>> DockerRuntime::Impl::look(const std::string& nameOrId,
                                                                    const std::stop_token& stop) {
  auto reply = client.call({.path = "/containers/" + nameOrId + "/json", .stop = stop});
  if (!reply.ok()) return reply.error();
  if (reply->status == 404) return std::optional<InspectedContainer>();
  if (!reply->ok()) return errorFrom(*reply, "inspecting container " + nameOrId);
  auto found = inspectedFrom(reply->body);
  if (!found.ok()) return found.error();
  return std::optional(std::move(*found));
}

Result<std::optional<InspectedContainer>> DockerRuntime::Impl::findOurs(
    const BuildId& id, const std::stop_token& stop) {
  const auto name = containerName(id, storeId);
  auto found = look(name, stop);
  if (!found.ok() || !*found) return found;
  auto& labels = (*found)->labels;
  if (labels[std::string(kStoreLabel)] != storeId || labels[std::string(kBuildLabel)] != id.arn()) {
    return Error{Code::kFailedPrecondition, "container " + name + " belongs to another owner"};
  }
  return found;
}

Result<InspectedContainer> DockerRuntime::Impl::getOurs(const BuildId& id,
                                                        const std::string& attempted,
                                                        const std::stop_token& stop) {
  auto found = findOurs(id, stop);
  if (!found.ok()) return found.error();
  if (!*found) {
    return Error{Code::kNotFound,
                 attempted + ": there is no container " + containerName(id, storeId)};
  }
  return std::move(**found);
}

Result<ContainerStatus> DockerRuntime::inspect(const BuildId& id) {
  auto found = impl_->findOurs(id);
  if (!found.ok()) return found.error();
  if (!*found) return ContainerStatus{};
  return std::move((*found)->status);
}

Result<std::string> DockerRuntime::ensureCreated(const BuildId& id, const ContainerSpec& spec) {
  const auto name = containerName(id, impl_->storeId);
  const auto attempted = "creating container " + name + " of image " + spec.image;
  auto volume = impl_->agentVolume.ensureFilled(spec.image);
  if (!volume.ok()) return Error{volume.error().code, attempted + ": " + volume.error().message};
  CreateRequest request{
      .spec = spec,
      .labels = {{std::string(kStoreLabel), impl_->storeId}, {std::string(kBuildLabel), id.arn()}},
      .agentVolume = *volume,
      .engineSocket = {},
      .everyCapability = spec.privileged && impl_->settings.privileged};
  const Endpoint& engine = impl_->client.endpoint();
  if (spec.privileged && engine.local()) request.engineSocket = engine.socketPath;
  EngineRequest create{
      .method = "POST", .path = "/containers/create?name=" + name, .body = toJson(request)};
  auto made = impl_->client.call(create);
  if (!made.ok()) return made.error();
  if (made->ok()) return idFrom(made->body);
  if (made->status != 409) return errorFrom(*made, attempted);
  auto found = impl_->getOurs(id, attempted);  // made by an earlier call whose reply was lost?
  if (!found.ok()) {
    bool gone = found.error().code == Code::kNotFound;  // it went between the two calls
    return gone ? Error{Code::kConflict, found.error().message} : found.error();
  }
  if (found->removing)
    return Error{Code::kConflict, attempted + ": an earlier one is being removed"};
  return found->status.id;
}

Status DockerRuntime::ensureStarted(const BuildId& id) {
  auto found = impl_->getOurs(id, "starting");
  if (!found.ok()) return found.error();
  auto started = impl_->start(*found);
  if (started.ok() || !lacksAgent(started.error().message)) return started;
  impl_->agentVolume.distrust();  // the volume was emptied or removed since it was filled
  auto filled = impl_->agentVolume.ensureFilled(found->image);
  if (!filled.ok()) return filled.error();
  return impl_->start(*found);
}

Status DockerRuntime::Impl::start(const InspectedContainer& container) {
  auto reply =
      client.call({.method = "POST", .path = "/containers/" + container.status.id + "/start"});
  if (!reply.ok()) return reply.error();
  if (reply->ok() || reply->status == 304) return okStatus();
  return startError(*reply, "starting container " + container.name);
}

Result<std::unique_ptr<AttachedStream>> DockerRuntime::attach(const BuildId& id) {
  auto found = impl_->getOurs(id, "attaching");
  if (!found.ok()) return found.error();
  if (found->status.state == ContainerState::kExited) {
    return Error{Code::kFailedPrecondition, "attaching to " + found->name + ": it has exited"};
  }
  auto raw = impl_->client.upgrade("/containers/" + found->status.id +
                                   "/attach?stream=1&stdin=1&stdout=1&stderr=1");
  if (!raw.ok()) return raw.error();
  return makeAttachedStream(std::move(*raw), found->name);
}

}  // namespace kiln::runtime
