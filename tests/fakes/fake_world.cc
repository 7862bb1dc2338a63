#include "tests/fakes/fake_world.h"

#include <algorithm>

#include "tests/fakes/tar_text.h"

namespace kiln::fakes {

using runtime::ContainerState;

namespace {

bool take(std::map<Call, int>& counts, Call call) {
  auto found = counts.find(call);
  if (found == counts.end() || found->second == 0) return false;
  --found->second;
  return true;
}

}  // namespace

std::optional<Error> FakeRuntime::World::before(Call call) {
  if (!reachable) return Error{Code::kUnavailable, "the engine cannot be reached"};
  std::bernoulli_distribution chance(failBefore);
  if (take(failures, call) || (failBefore > 0 && chance(random))) {
    return Error{Code::kUnavailable, "the engine did not take the request"};
  }
  return std::nullopt;
}

std::optional<Error> FakeRuntime::World::after(Call call) {
  std::bernoulli_distribution chance(loseAfter);
  if (take(losses, call) || (loseAfter > 0 && chance(random))) {
    return Error{Code::kUnavailable, "the engine's reply was lost"};
  }
  return std::nullopt;
}

FakeRuntime::Container* FakeRuntime::World::peek(const BuildId& id) {
  auto found = containers.find(nameOf(id));
  return found == containers.end() ? nullptr : &found->second;
}

Result<FakeRuntime::Container*> FakeRuntime::World::findOurs(const BuildId& id) {
  Container* found = peek(id);
  if (found != nullptr && (found->storeLabel != storeId || found->buildLabel != id.arn())) {
    return Error{Code::kFailedPrecondition, found->name + " belongs to another owner"};
  }
  return found;
}

Result<FakeRuntime::Container*> FakeRuntime::World::getOurs(const BuildId& id) {
  auto found = findOurs(id);
  if (found.ok() && *found == nullptr) {
    return Error{Code::kNotFound, "there is no container " + nameOf(id)};
  }
  return found;
}

FakeRuntime::Container& FakeRuntime::World::add(const std::string& name, const std::string& store,
                                                const std::string& build) {
  Container& made = containers[name];
  made.name = name;
  made.storeLabel = store;
  made.buildLabel = build;
  made.incarnation = ++lastIncarnation;
  made.program = program;
  made.status.state = ContainerState::kCreated;
  made.status.id = "container-" + std::to_string(made.incarnation);
  tell(made);
  return made;
}

void FakeRuntime::World::start(Container& container) {
  container.status.state = ContainerState::kRunning;
  container.status.exitCode = 0;
  print(container, container.program.greeting);
  tell(container);
  answerInput(container);
}

void FakeRuntime::World::exit(Container& container, int code) {
  container.status.state = ContainerState::kExited;
  container.status.exitCode = code;
  endStreams(container);
  tell(container);
}

void FakeRuntime::World::remove(const std::string& name) {
  auto found = containers.find(name);
  if (found == containers.end()) return;
  endStreams(found->second);
  tell(found->second);
  ++removed[name.substr(name.find('-') + 1)];
  containers.erase(found);
}

void FakeRuntime::World::print(Container& container, const std::string& text) {
  if (text.empty()) return;
  for (auto& pipe : container.pipes) pipe->waiting += text;
  changed.notify_all();
}

void FakeRuntime::World::answerInput(Container& container) {
  while (container.status.state == ContainerState::kRunning) {
    auto end = container.input.find('\n');
    if (end == std::string::npos) return;
    auto line = container.input.substr(0, end);
    container.input.erase(0, end + 1);
    if (!container.program.onLine) continue;
    auto answer = container.program.onLine(line);
    print(container, answer.output);
    if (answer.exitCode) exit(container, *answer.exitCode);
  }
}

void FakeRuntime::World::tell(const Container& container) {
  if (container.storeLabel != storeId) return;
  events.push_back(container.buildLabel);
  changed.notify_all();
}

void FakeRuntime::World::endStreams(Container& container) {
  for (auto& pipe : container.pipes) pipe->ended = true;
  container.pipes.clear();
  changed.notify_all();
}

void FakeRuntime::World::wakeAll() {
  std::lock_guard lock(mutex);
  changed.notify_all();
}

FakeRuntime::Stream::Stream(std::shared_ptr<World> world, std::string name,
                            std::shared_ptr<Pipe> pipe)
    : world_(std::move(world)), name_(std::move(name)), pipe_(std::move(pipe)) {}

FakeRuntime::Stream::~Stream() { close(); }

Result<std::string> FakeRuntime::Stream::read() {
  std::unique_lock lock(world_->mutex);
  world_->changed.wait(lock, [&] { return pipe_->ended || !pipe_->waiting.empty(); });
  return std::exchange(pipe_->waiting, {});
}

Status FakeRuntime::Stream::write(std::string_view bytes) {
  std::lock_guard lock(world_->mutex);
  if (pipe_->ended)
    return Error{Code::kUnavailable, "writing to " + name_ + ": the stream has ended"};
  Container& container =
      world_->containers.at(name_);  // a live pipe belongs to a container that is there
  container.input += bytes;
  world_->answerInput(container);
  return okStatus();
}

void FakeRuntime::Stream::close() {
  std::lock_guard lock(world_->mutex);
  if (pipe_->ended) return;
  pipe_->ended = true;
  pipe_->waiting.clear();
  auto found = world_->containers.find(name_);
  if (found != world_->containers.end()) std::erase(found->second.pipes, pipe_);
  world_->changed.notify_all();
}

Status FakeRuntime::copyIn(const BuildId& id, const std::string& directory,
                           const std::function<Result<std::string>()>& source) {
  std::string tar;
  for (;;) {  // outside the lock: the source is the caller's code
    auto chunk = source();
    if (!chunk.ok()) return chunk.error();
    if (chunk->empty()) break;
    tar += *chunk;
  }
  return dropValue(world_->perform<bool>(Call::kCopyIn, [&]() -> Result<bool> {
    auto found = world_->getOurs(id);
    if (!found.ok()) return found.error();
    auto& files = (*found)->files;
    auto under = directory.ends_with('/') ? directory : directory + "/";
    for (auto& [name, content] : filesIn(tar)) files[under + name] = content;
    return true;
  }));
}

Status FakeRuntime::copyOut(const BuildId& id, const std::string& path, std::stop_token stop,
                            const std::function<Status(std::string_view)>& sink) {
  auto tar = world_->perform<std::string>(Call::kCopyOut, [&]() -> Result<std::string> {
    if (stop.stop_requested()) return Error{Code::kUnavailable, "stopped"};
    auto found = world_->getOurs(id);
    if (!found.ok()) return found.error();
    auto parent = path.substr(0, path.rfind('/') + 1);
    std::map<std::string, std::string> wanted;
    for (const auto& [name, content] : (*found)->files) {
      if (name == path || name.starts_with(path + "/"))
        wanted[name.substr(parent.size())] = content;
    }
    if (wanted.empty())
      return Error{Code::kNotFound, "there is no " + path + " in " + (*found)->name};
    return tarOf(wanted);
  });
  return tar.ok() ? sink(*tar) : Status(tar.error());
}

}  // namespace kiln::fakes
