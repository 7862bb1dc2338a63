#include "tests/property/world.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "store/records/build_event.h"
#include "store/records/build_record.h"
#include "store/records/new_build.h"

namespace kiln::property {
namespace {

constexpr const char* kBuildspec =
    R"({"version": 0.2, "phases": {"build": {"commands": ["make"]}}, "artifacts": {"files": ["out"]}})";

std::filesystem::path freshDirectory() {
  auto base = std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                  : std::filesystem::temp_directory_path();
  return base / ("kiln-property-" + std::to_string(::getpid()) + "-" + newUuid());
}

}  // namespace

Controller::Controller(store::Store& store, store::LogStore& logs, fakes::FakeRuntime& runtime,
                       fakes::FakeAgents& agents, fakes::FakeSources& sources,
                       fakes::FakeArtifacts& artifacts, fakes::FakeLogs& copies, const Clock& clock,
                       const engine::Probe& probe)
    : queue(clock),
      admission(1000, [](const BuildId&) {}),
      images(runtime, {}),
      recorder({store, logs, clock, metrics, probe}),
      jobs(1, [](const BuildId&) {}),
      shipper({store, logs, copies, copies, clock, probe, [](const BuildId&) {}},
              {.streamWorkers = 0, .archiveWorkers = 0}),
      observer({runtime, agents, jobs, admission, shipper, Millis(60'000)}),
      executor({.runtime = runtime,
                .agents = agents,
                .jobs = jobs,
                .images = images,
                .sources = sources,
                .artifacts = artifacts,
                .logs = logs,
                .recorder = recorder,
                .admission = admission,
                .clock = clock,
                .probe = probe,
                .onProgress = [](const BuildId&, const std::string&) {},
                .publicEndpoint = "http://kiln",
                .port = 0,
                .minute = Millis(60'000)}),
      reconciler({store, observer, executor, queue, backoff, metrics, clock, recorder}) {}

World::World()
    : agents(runtime, clock),
      directory_(freshDirectory()),
      env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
  auto opened =
      store::openRocksStore({.directory = "/store", .feedWindow = 1000, .env = env_.get()});
  if (!opened.ok()) unreachable();
  store = std::move(*opened);
  logs_ = std::make_unique<store::LogStore>(directory_);
  copies = std::make_unique<fakes::FakeLogs>(*store, fakes::FakeLogs::Kind::kEmbedded);
  runtime.addImage("image");
  probe_ = [this](std::string_view) {
    if (untilCrash_ > 0 && --untilCrash_ == 0) throw Crash();
  };
  restart();
}

World::~World() {
  controller_.reset();
  store.reset();
  std::filesystem::remove_all(directory_);
}

BuildId World::startBuild(Asked asked) {
  const BuildId id{{"000000000000", "us-east-1"}, "p", newUuid()};
  nlohmann::json build = {
      {"source", {{"type", "NO_SOURCE"}, {"buildspec", kBuildspec}}},
      {"environment",
       {{"type", "LINUX_CONTAINER"}, {"image", "image"}, {"computeType", "BUILD_GENERAL1_SMALL"}}},
      {"timeoutInMinutes", 60},
      {"queuedTimeoutInMinutes", 480}};
  if (asked.source) build["source"] = {{"type", "CODECOMMIT"}, {"location", "repo"}};
  nlohmann::json artifacts = {{"type", "NO_ARTIFACTS"}};
  if (asked.artifacts) artifacts = {{"type", "S3"}, {"location", "bucket"}, {"name", "out.zip"}};
  nlohmann::json logs = nlohmann::json::object();
  if (asked.logObject) logs["s3Logs"] = {{"status", "ENABLED"}, {"location", "bucket/logs"}};
  const Build fresh = store::newBuild({id, ++made_, clock.now(), "tester"}, build,
                                      {{"projectArtifacts", artifacts}, {"logsConfig", logs}});
  auto done = store->commit(store::Durability::kBuffered, [&](store::Txn& txn) {
    for (auto& event : store::eventsBetween(nullptr, fresh)) txn.emit(std::move(event));
    return txn.create(store::toResource(fresh));
  });
  if (!done.ok()) unreachable();
  return id;
}

std::optional<Build> World::load(const BuildId& id) const {
  auto resource = store->find(id.key());
  if (!resource.ok()) unreachable();
  if (!resource->has_value()) return std::nullopt;
  auto build = store::toBuild(**resource);
  if (!build.ok()) unreachable();
  return std::move(*build);
}

void World::change(const BuildId& id, const std::function<void(Build&)>& edit) {
  auto build = load(id);
  if (!build) return;
  edit(*build);
  auto done = store->commit(store::Durability::kBuffered, [&](store::Txn& txn) {
    return txn.update(store::toResource(*build), store::Half::kSpec);
  });
  if (!done.ok()) unreachable();
}

bool World::pass(const BuildId& id) {
  try {
    (void)controller_->reconciler.reconcile(id.key());
  } catch (const Crash&) {
    restart();
    return false;
  }
  awaitJobs(id);
  return true;
}

void World::shipLogs(const BuildId& id) {
  try {
    controller_->shipper.look(id);
    (void)controller_->shipper.step();
  } catch (const Crash&) {
    restart();
  }
}

void World::awaitJobs(const BuildId& id) const {
  for (const auto step : {runtime::JobStep::kPrepareImage, runtime::JobStep::kFetchSources,
                          runtime::JobStep::kReadJournal, runtime::JobStep::kUploadArtifacts}) {
    while (controller_->jobs.observe(id, step).progress == runtime::JobState::Progress::kRunning)
      std::this_thread::yield();
  }
}

void World::crashAtProbe(int nth) { untilCrash_ = nth; }

void World::restart() {
  untilCrash_ = 0;
  controller_.reset();
  agents.restartController();
  controller_ = std::make_unique<Controller>(*store, *logs_, runtime, agents, sources, artifacts,
                                             *copies, clock, probe_);
}

std::string World::logOf(const BuildId& id) const {
  auto progress = controller_->recorder.progressOf(id);
  if (!progress.ok()) unreachable();
  std::string text;
  std::uint64_t offset = 0;
  while (offset < progress->bytes) {
    auto page = logs_->read(id, offset, progress->bytes, 1 << 20);
    if (!page.ok()) unreachable();
    for (const auto& frame : page->frames) text += frame.bytes;
    offset = page->next;
  }
  return text;
}

}  // namespace kiln::property
