#include "controller/cli/local_build.h"

#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <iostream>
#include <mutex>

#include "controller/cli/container_shell.h"
#include "store/records/build_event.h"
#include "store/records/build_record.h"
#include "store/rocks/rocks_store.h"

namespace kiln::cli {
namespace {

constexpr const char* kDataPrefix = "kiln-run-";
constexpr int kPortTries = 5;
constexpr Millis kCleanUpLimit{30'000};
constexpr Millis kLook{200};  // how often a signal is looked for while waiting
constexpr std::string_view kRunHint = "Ctrl-C stops it";

void complain(const std::string& what) { std::cerr << "kiln run: " << what << std::endl; }

// One that nobody listens at now: `wanted`, or any when that is 0.
Result<int> freePort(int wanted) {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(wanted));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      probe >= 0 && ::bind(probe, plain, length) == 0 && ::getsockname(probe, plain, &length) == 0;
  if (probe >= 0) ::close(probe);
  if (!bound) return Error{Code::kUnavailable, "there is no free port on 127.0.0.1"};
  return static_cast<int>(ntohs(address.sin_port));
}

std::string userName() {
  const passwd* user = ::getpwuid(::geteuid());
  return user == nullptr ? std::to_string(::geteuid()) : user->pw_name;
}

void quitAtOnce(const Interrupts& interrupts) {
  restoreTerminal();
  complain("quit at once; what is left, container and data, the next kiln run removes");
  ::_exit(interrupts.exitStatus());
}

bool wantsShell(const Build& build) {
  return build.state.outcome != BuildStatus::kSucceeded &&
         build.state.outcome != BuildStatus::kStopped;
}

}  // namespace

LocalBuild::LocalBuild(const RunRequest& request, config::Settings settings, const RunView& view,
                       Interrupts& interrupts)
    : request_(request), settings_(std::move(settings)), view_(view), interrupts_(interrupts) {}

// Impatience that comes this late is still heard; the listener needs nothing of what goes now.
LocalBuild::~LocalBuild() {
  interrupts_.listen([&interrupts = interrupts_](int count) {
    if (count > 2) quitAtOnce(interrupts);
  });
  if (node_) node_->stop();
}

// Its container and its data, both by the id of its store. What cannot be removed now is the next one's.
void LocalBuild::removeLeftovers() const {
  for (auto& left : TemporaryDirectory::leftBehind(kDataPrefix)) {
    const bool gone = [&] {
      auto store = store::openRocksStore(
          {.directory = left.path(), .feedWindow = settings_.store.feedWindow, .env = nullptr});
      if (!store.ok()) {  // only it knows the container, so it stays
        complain("an earlier run has left " + left.path().string() + ": " + store.error().message);
        return false;
      }
      auto runtime = runtime::DockerRuntime::make(settings_.engine, (*store)->id(), agentProgram());
      auto owned = runtime.ok() ? (*runtime)->listOwned() : runtime.error();
      if (!owned.ok()) return false;
      return std::all_of(owned->begin(), owned->end(), [&](const auto& container) {
        return (*runtime)->removeOwned(container.id).ok();
      });
    }();
    if (!gone) left.leave();
  }
}

Status LocalBuild::open() {
  removeLeftovers();
  auto data = TemporaryDirectory::make(kDataPrefix);
  if (!data.ok()) return data.error();
  data_ = std::make_unique<TemporaryDirectory>(*std::move(data));
  settings_.store.directory = data_->path();
  auto store = store::openRocksStore({.directory = settings_.store.directory,
                                      .feedWindow = settings_.store.feedWindow,
                                      .env = nullptr});
  if (!store.ok()) return store.error();
  store_ = *std::move(store);
  auto runtime = runtime::DockerRuntime::make(settings_.engine, store_->id(), agentProgram());
  if (!runtime.ok()) return runtime.error();
  runtime_ = *std::move(runtime);
  if (request_.artifacts)
    artifacts_ = std::make_unique<runtime::DirectoryArtifacts>(*runtime_, *request_.artifacts);
  return okStatus();
}

Status LocalBuild::startNode() {
  Status started = okStatus();
  for (int i = 0; i < kPortTries; ++i) {
    auto port = freePort(0);
    if (!port.ok()) return port.error();
    settings_.server.host = "127.0.0.1";
    settings_.server.port = *port;
    node_ = std::make_unique<Node>(
        settings_, probe_, *store_, *runtime_,
        NodeOptions{.onProgress =
                        [this](const BuildId&, const std::string& text) {
                          news_.with([&](WatchNews& news) { news.doing = text; });
                        },
                    .leftOut =
                        [this](const std::string& line) {
                          news_.with([&](WatchNews& news) { news.lines.push_back(line); });
                        },
                    .artifacts = artifacts_.get()});
    started = node_->start();
    if (started.ok()) return started;
    node_->stop();
    node_.reset();
    if (freePort(*port).ok())
      return started;  // nobody else took it meanwhile: it is something else
  }
  return started;
}

Status LocalBuild::submit() {
  auto engine = runtime_->info();
  if (!engine.ok()) return engine.error();
  const auto region = findServer("", "", fromProcess);
  const Build build =
      toBuild(request_, {.scope = {settings_.account, region.ok() ? region->region : "us-east-1"},
                         .now = clock_.now(),
                         .architecture = engine->architecture,
                         .user = userName(),
                         .fallbackImage = settings_.engine.fallbackImage,
                         .keepForShell = view_.shellOnFailure});
  id_ = build.id;
  auto written = store_->commit(store::Durability::kBuffered, [&](store::Txn& txn) -> Status {
    if (auto made = txn.create(store::toResource(build)); !made.ok()) return made;
    for (auto& event : store::eventsBetween(nullptr, build)) txn.emit(std::move(event));
    return okStatus();
  });
  return dropValue(written);
}

Result<Build> LocalBuild::load() const {
  auto resource = store_->find(id_.key());
  if (!resource.ok()) return resource.error();
  if (!*resource) return Error{Code::kNotFound, "the build's record is gone"};
  return store::toBuild(**resource);
}

// The first signal stops the build; the second ends the wait for it; the third one everything: what is left then, container and data,
// the next run removes.
void LocalBuild::onInterrupt(int count) {
  if (count > 2) quitAtOnce(interrupts_);
  if (count == 2) hurry_ = interrupts_.exitStatus() - 128;
  if (count != 1) return;
  news_.with([](WatchNews& news) {
    news.lines.emplace_back("Stopping the build; Ctrl-C again quits at once");
  });
  if (auto asked = askForStop(); !asked.ok()) complain("stopping: " + asked.error().message);
}

Status LocalBuild::askForStop() {
  auto done = store_->commit(store::Durability::kBuffered, [&](store::Txn& txn) -> Status {
    auto resource = txn.find(id_.key());
    if (!resource.ok()) return resource.error();
    if (!*resource) return okStatus();
    auto build = store::toBuild(**resource);
    if (!build.ok()) return build.error();
    if (!stoppable(*build) || build->spec.stopRequestedAt) return okStatus();
    build->spec.stopRequestedAt = toWholeMillis(clock_.now());
    return txn.update(store::toResource(*build), store::Half::kSpec);
  });
  return done.ok() ? okStatus() : Status(done.error());
}

int LocalBuild::follow() {
  const ServerAddress address{
      .endpoint = "http://127.0.0.1:" + std::to_string(settings_.server.port),
      .region = id_.scope.region};
  const WatchOptions options{.build = id_.name(),
                             .project = {},
                             .json = view_.json,
                             .timestamps = view_.timestamps,
                             .jsonLog = true};
  Screen screen(STDOUT_FILENO, traitsOf(STDOUT_FILENO, view_.noColour || view_.json));
  return watchBuild({.address = address,
                     .options = options,
                     .clock = clock_,
                     .screen = screen,
                     .interrupted = hurry_,
                     .command = "kiln run",
                     .hint = kRunHint,
                     .news = &news_},
                    id_.name());
}

void LocalBuild::offerShell() {
  const auto build = load();
  if (!build.ok() || !build->complete() || !wantsShell(*build) || interrupts_.count() > 0) return;
  std::cout << "A shell in the build's container, where it failed; it goes when you leave (exit).\n"
            << std::flush;
  const auto ended = runShell(*runtime_, id_, interrupts_);
  if (!ended.ok()) complain("no shell: " + ended.error().message);
}

void LocalBuild::letGoOfContainer() {
  auto done = store_->commit(store::Durability::kBuffered, [&](store::Txn& txn) -> Status {
    auto resource = txn.find(id_.key());
    if (!resource.ok() || !*resource) return resource.ok() ? okStatus() : resource.error();
    auto build = store::toBuild(**resource);
    if (!build.ok()) return build.error();
    if (std::erase(build->finalizers, kShellFinalizer) == 0) return okStatus();
    return txn.update(store::toResource(*build), store::Half::kStatus);
  });
  if (!done.ok()) complain("letting go of the container: " + done.error().message);
}

bool LocalBuild::waitUntil(const std::function<bool(const Build&)>& wanted, Millis limit) {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t version = 0;
  const auto subscription = store_->subscribe([&](const store::Change& change) {
    if (change.note) return;
    std::lock_guard lock(mutex);
    version = change.resourceVersion;
    changed.notify_all();
  });
  const SteadyClock steady;
  for (const auto end = steady.now() + limit; hurry_ == 0 && steady.now() < end;) {
    const auto seen = [&] {
      std::lock_guard lock(mutex);
      return version;
    }();
    const auto build = load();
    if (build.ok() && wanted(*build)) return true;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, kLook, [&] { return version != seen; });
  }
  return false;
}

// What the controller does not get done in time is done here, whatever it is at.
void LocalBuild::cleanUp() {
  letGoOfContainer();
  if (auto asked = askForStop(); !asked.ok())  // of one that nobody watches any more
    complain("stopping: " + asked.error().message);
  if (waitUntil(
          [](const Build& build) {
            return build.complete() && !guardedBy(build, kContainerFinalizer);
          },
          kCleanUpLimit))
    return;
  (void)runtime_->ensureRemoved(id_);  // which also ends a pass that waits for it
  node_->stop();
  removeContainer();  // again, for one that was made by a pass that was under way
}

// While it may be there, the data stay: by them the next run knows it.
void LocalBuild::removeContainer() {
  const auto removed = runtime_->ensureRemoved(id_);
  if (removed.ok()) return;
  complain("the build's container may be left (the next kiln run removes it): " +
           removed.error().message);
  data_->leave();
}

Result<int> LocalBuild::run() {
  interrupts_.listen([this](int count) {  // there is no build yet
    if (count > 1) quitAtOnce(interrupts_);
  });
  if (auto opened = open(); !opened.ok()) return opened.error();
  if (auto engine = runtime_->info(); !engine.ok()) return engine.error();
  if (auto started = startNode(); !started.ok()) return started.error();
  if (interrupts_.count() > 0) return interrupts_.exitStatus();
  if (auto made = submit(); !made.ok()) return made.error();
  interrupts_.listen([this](int count) { onInterrupt(count); });
  int status = follow();
  if (view_.shellOnFailure) offerShell();
  cleanUp();
  if (interrupts_.count() > 0) status = interrupts_.exitStatus();
  return status;
}

}  // namespace kiln::cli
