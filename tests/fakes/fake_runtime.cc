#include "tests/fakes/fake_runtime.h"

#include <algorithm>
#include <utility>

#include "tests/fakes/fake_world.h"

namespace kiln::fakes {

using runtime::ContainerState;

FakeProgram echoProgram() {
  return {.greeting = "ready\n", .onLine = [](const std::string& line) -> FakeProgram::Answer {
            if (line.starts_with("exit ")) return {"", std::stoi(line.substr(5))};
            return {"echo " + line + "\n", std::nullopt};
          }};
}

FakeRuntime::FakeRuntime(std::string storeId) : world_(std::make_shared<World>()) {
  world_->storeId = std::move(storeId);
  world_->program = echoProgram();
  world_->info = {.name = "fake",
                  .version = "1.0",
                  .apiVersion = "1.41",
                  .architecture = "x86_64",
                  .operatingSystem = "linux",
                  .cpus = 8,
                  .memoryBytes = 32LL << 30,
                  .bridgeAddress = "172.17.0.1"};
}

FakeRuntime::~FakeRuntime() { setReachable(false); }

Result<runtime::EngineInfo> FakeRuntime::info() {
  return world_->perform<runtime::EngineInfo>(
      Call::kInfo, [&]() -> Result<runtime::EngineInfo> { return world_->info; });
}

Result<bool> FakeRuntime::hasImage(const std::string& image) {
  return world_->perform<bool>(Call::kHasImage,
                               [&]() -> Result<bool> { return world_->images.contains(image); });
}

Status FakeRuntime::pullImage(const std::string& image, std::stop_token stop,
                              const std::function<void(const runtime::PullProgress&)>& progress) {
  auto pulled = world_->perform<bool>(Call::kPull, [&]() -> Result<bool> {
    ++world_->pulls[image];
    if (stop.stop_requested())
      return Error{Code::kUnavailable, "pull of " + image + " was stopped"};
    if (auto no = world_->refusedPulls.find(image); no != world_->refusedPulls.end()) {
      return no->second;
    }
    if (!world_->registry.contains(image)) {
      return Error{Code::kNotFound,
                   "pull access denied for " + image +
                       ", repository does not exist or may require 'docker login'"};
    }
    world_->images.insert(image);
    return true;
  });
  if (pulled.ok() && progress) progress({"Status: Downloaded newer image for " + image});
  return dropValue(pulled);
}

Result<runtime::ContainerStatus> FakeRuntime::inspect(const BuildId& id) {
  return world_->perform<runtime::ContainerStatus>(Call::kInspect,
                                                   [&]() -> Result<runtime::ContainerStatus> {
                                                     auto found = world_->findOurs(id);
                                                     if (!found.ok()) return found.error();
                                                     if (*found == nullptr)
                                                       return runtime::ContainerStatus{};
                                                     return (*found)->status;
                                                   });
}

Result<std::string> FakeRuntime::ensureCreated(const BuildId& id,
                                               const runtime::ContainerSpec& spec) {
  return world_->perform<std::string>(Call::kCreate, [&]() -> Result<std::string> {
    auto found = world_->findOurs(id);
    if (!found.ok()) return found.error();
    if (*found != nullptr) return (*found)->status.id;
    if (!world_->images.contains(spec.image)) {
      return Error{Code::kNotFound, "creating the container of " + id.name() +
                                        ": the engine has no image " + spec.image};
    }
    Container& made = world_->add(world_->nameOf(id), world_->storeId, id.arn());
    made.spec = spec;
    ++world_->created[id.uuid];
    return made.status.id;
  });
}

Status FakeRuntime::ensureStarted(const BuildId& id) {
  return dropValue(world_->perform<bool>(Call::kStart, [&]() -> Result<bool> {
    auto found = world_->getOurs(id);
    if (!found.ok()) return found.error();
    Container& container = **found;
    if (container.status.state == ContainerState::kRunning) return true;
    if (auto no = world_->refusedStarts.find(container.spec.image);
        no != world_->refusedStarts.end()) {
      container.status.engineError = no->second;
      return Error{Code::kFailedPrecondition, no->second};
    }
    world_->start(container);
    ++world_->started[id.uuid];
    return true;
  }));
}

Status FakeRuntime::ensureRemoved(const BuildId& id) {
  return dropValue(world_->perform<bool>(Call::kRemove, [&]() -> Result<bool> {
    auto found = world_->findOurs(id);
    if (!found.ok()) return found.error();
    if (*found != nullptr) world_->remove((*found)->name);
    return true;
  }));
}

Result<std::unique_ptr<runtime::AttachedStream>> FakeRuntime::attach(const BuildId& id) {
  using End = std::pair<std::string, std::shared_ptr<Pipe>>;
  auto end = world_->perform<End>(Call::kAttach, [&]() -> Result<End> {
    auto found = world_->getOurs(id);
    if (!found.ok()) return found.error();
    Container& container = **found;
    if (container.status.state == ContainerState::kExited) {
      return Error{Code::kFailedPrecondition, "attaching to " + container.name + ": it has exited"};
    }
    container.pipes.push_back(std::make_shared<Pipe>());
    return End(container.name, container.pipes.back());
  });
  if (!end.ok()) return end.error();
  return std::unique_ptr<runtime::AttachedStream>(
      std::make_unique<Stream>(world_, end->first, end->second));
}

Result<std::vector<runtime::OwnedContainer>> FakeRuntime::listOwned() {
  using List = std::vector<runtime::OwnedContainer>;
  return world_->perform<List>(Call::kList, [&]() -> Result<List> {
    List list;
    for (const auto& [name, container] : world_->containers) {
      if (container.storeLabel != world_->storeId) continue;
      list.push_back(
          {container.status.id, container.buildLabel, container.status.state, container.createdAt});
    }
    return list;
  });
}

Status FakeRuntime::removeOwned(const std::string& containerId) {
  return dropValue(world_->perform<bool>(Call::kRemoveOwned, [&]() -> Result<bool> {
    for (const auto& [name, container] : world_->containers) {
      if (container.status.id != containerId) continue;
      if (container.storeLabel != world_->storeId) {
        return Error{Code::kFailedPrecondition,
                     "removing " + name + ": it belongs to another owner"};
      }
      world_->remove(std::string(name));
      return true;
    }
    return true;
  }));
}

Status FakeRuntime::followEvents(std::stop_token stop,
                                 const std::function<void(const std::string&)>& seen) {
  std::stop_callback wake(stop, [this] { world_->wakeAll(); });
  for (;;) {
    std::vector<std::string> news;
    {
      std::unique_lock lock(world_->mutex);
      world_->changed.wait(lock, [&] {
        return stop.stop_requested() || !world_->reachable ||
               world_->eventsSeen < world_->events.size();
      });
      if (stop.stop_requested()) return okStatus();
      if (!world_->reachable) return Error{Code::kUnavailable, "the engine's events ended"};
      news.assign(world_->events.begin() + static_cast<std::ptrdiff_t>(world_->eventsSeen),
                  world_->events.end());
      world_->eventsSeen = world_->events.size();
    }
    for (const auto& arn : news) seen(arn);
  }
}

}  // namespace kiln::fakes
