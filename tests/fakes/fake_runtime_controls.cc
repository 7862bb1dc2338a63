// What a test does to FakeRuntime's world, and what it may ask of it.
#include "tests/fakes/fake_world.h"

namespace kiln::fakes {

using runtime::ContainerState;

void FakeRuntime::setInfo(runtime::EngineInfo info) {
  std::lock_guard lock(world_->mutex);
  world_->info = std::move(info);
}

void FakeRuntime::addImage(const std::string& image) {
  std::lock_guard lock(world_->mutex);
  world_->images.insert(image);
}

void FakeRuntime::addToRegistry(const std::string& image) {
  std::lock_guard lock(world_->mutex);
  world_->registry.insert(image);
}

void FakeRuntime::refusePull(const std::string& image, Error error) {
  std::lock_guard lock(world_->mutex);
  world_->refusedPulls.insert_or_assign(image, std::move(error));
}

void FakeRuntime::refuseStart(const std::string& image, std::string reason) {
  std::lock_guard lock(world_->mutex);
  world_->refusedStarts.insert_or_assign(image, std::move(reason));
}

void FakeRuntime::setProgram(FakeProgram program) {
  std::lock_guard lock(world_->mutex);
  world_->program = std::move(program);
}

void FakeRuntime::setReachable(bool reachable) {
  std::lock_guard lock(world_->mutex);
  if (world_->reachable && !reachable) ++world_->outages;
  world_->reachable = reachable;
  if (!reachable) {
    for (auto& [name, container] : world_->containers) world_->endStreams(container);
  }
  world_->changed.notify_all();
}

bool FakeRuntime::reachable() const {
  std::lock_guard lock(world_->mutex);
  return world_->reachable;
}

std::uint64_t FakeRuntime::outages() const {
  std::lock_guard lock(world_->mutex);
  return world_->outages;
}

void FakeRuntime::failBefore(Call call, int times) {
  std::lock_guard lock(world_->mutex);
  world_->failures[call] = times;
}

void FakeRuntime::loseReply(Call call, int times) {
  std::lock_guard lock(world_->mutex);
  world_->losses[call] = times;
}

void FakeRuntime::setRandomFaults(std::uint64_t seed, double before, double after) {
  std::lock_guard lock(world_->mutex);
  world_->random.seed(seed);
  world_->failBefore = before;
  world_->loseAfter = after;
}

void FakeRuntime::removeByOther(const BuildId& id) {
  std::lock_guard lock(world_->mutex);
  world_->remove(world_->nameOf(id));
}

void FakeRuntime::exitContainer(const BuildId& id, int code, bool outOfMemory, std::string error) {
  std::lock_guard lock(world_->mutex);
  Container* found = world_->peek(id);
  if (found == nullptr || found->status.state != ContainerState::kRunning) return;
  found->status.outOfMemory = outOfMemory;
  found->status.engineError = std::move(error);
  world_->exit(*found, code);
}

void FakeRuntime::createForeign(const BuildId& id) {
  std::lock_guard lock(world_->mutex);
  world_->start(world_->add(world_->nameOf(id), "somebody else", id.arn()));
}

void FakeRuntime::createOrphan(const std::string& buildArn, TimePoint at) {
  std::lock_guard lock(world_->mutex);
  auto name = "kiln-orphan-" + std::to_string(world_->lastIncarnation + 1);
  Container& made = world_->add(name, world_->storeId, buildArn);
  made.createdAt = at;
  world_->start(made);
}

int FakeRuntime::createdFor(const BuildId& id) const {
  std::lock_guard lock(world_->mutex);
  auto found = world_->created.find(id.uuid);
  return found == world_->created.end() ? 0 : found->second;
}

int FakeRuntime::startedFor(const BuildId& id) const {
  std::lock_guard lock(world_->mutex);
  auto found = world_->started.find(id.uuid);
  return found == world_->started.end() ? 0 : found->second;
}

int FakeRuntime::removedFor(const BuildId& id) const {
  std::lock_guard lock(world_->mutex);
  auto found = world_->removed.find(id.uuid);
  return found == world_->removed.end() ? 0 : found->second;
}

int FakeRuntime::pullsOf(const std::string& image) const {
  std::lock_guard lock(world_->mutex);
  auto found = world_->pulls.find(image);
  return found == world_->pulls.end() ? 0 : found->second;
}

ContainerState FakeRuntime::stateOf(const BuildId& id) const {
  std::lock_guard lock(world_->mutex);
  const Container* found = world_->peek(id);
  return found == nullptr ? ContainerState::kAbsent : found->status.state;
}

std::optional<runtime::ContainerSpec> FakeRuntime::specOf(const BuildId& id) const {
  std::lock_guard lock(world_->mutex);
  const Container* found = world_->peek(id);
  if (found == nullptr) return std::nullopt;
  return found->spec;
}

std::uint64_t FakeRuntime::incarnationOf(const BuildId& id) const {
  std::lock_guard lock(world_->mutex);
  const Container* found = world_->peek(id);
  return found == nullptr ? 0 : found->incarnation;
}

std::vector<std::string> FakeRuntime::namesLeft() const {
  std::lock_guard lock(world_->mutex);
  std::vector<std::string> names;
  for (const auto& [name, container] : world_->containers) names.push_back(name);
  return names;
}

}  // namespace kiln::fakes
