#include "controller/cli/daemon.h"

#include <malloc.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <random>
#include <thread>

#include "api/codebuild/codebuild.h"
#include "api/http/json_handler.h"
#include "api/http/server.h"
#include "api/model/json_service.h"
#include "api/watch/watch_routes.h"
#include "controller/cli/build_sources.h"
#include "controller/cli/services.h"
#include "controller/engine/engine_follower.h"
#include "controller/engine/orphan_sweeper.h"
#include "controller/engine/outbox_dispatcher.h"
#include "controller/engine/periodic.h"
#include "controller/engine/reconciler.h"
#include "controller/engine/resync.h"
#include "controller/engine/watchdog.h"
#include "runtime/docker/docker_runtime.h"
#include "runtime/sandbox/sessions.h"
#include "store/rocks/rocks_store.h"

namespace kiln::cli {
namespace {

sigset_t stopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

void blockSignals() {
  const sigset_t signals = stopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void startLogging(const config::LogSettings& settings) {
  auto logger = spdlog::stderr_color_mt("kiln");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%L%$ %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(logger);
  spdlog::set_level(spdlog::level::from_str(settings.level));
  spdlog::flush_on(spdlog::level::info);
}

int failed(const Error& error) {
  std::fprintf(stderr, "kiln serve: %s\n", error.message.c_str());
  return 1;
}

std::size_t capacityOf(const config::Settings& settings) {
  if (!settings.engine.enabled) return 0;
  if (settings.queue.maxConcurrentBuilds > 0)
    return static_cast<std::size_t>(settings.queue.maxConcurrentBuilds);
  return std::max(1U, std::thread::hardware_concurrency());
}

std::vector<std::unique_ptr<engine::EventSink>> sinksOf(const config::Settings& settings) {
  std::vector<std::unique_ptr<engine::EventSink>> sinks;
  sinks.push_back(engine::makeLogSink(settings.store.directory / "events.jsonl"));
  for (const auto& url : settings.events.callbacks) {
    sinks.push_back(engine::makeCallbackSink(url, settings.events.callbackTimeout));
  }
  return sinks;
}

// Everything that lives as long as the daemon, in the order it is made; destroyed in reverse.
class Daemon {
 public:
  Daemon(const config::Settings& settings, const engine::Probe& probe, store::Store& store,
         runtime::ContainerRuntime& runtime)
      : settings_(settings), probe_(probe), store_(store), runtime_(runtime) {}

  Status start();
  void stop();

 private:
  Status resync(bool startUp);
  void addRoutes();
  void addGauges();
  void onEngine(const runtime::EngineInfo& engine);
  void startTimers();

  const config::Settings& settings_;
  const engine::Probe& probe_;
  store::Store& store_;
  runtime::ContainerRuntime& runtime_;

  SystemClock clock_;
  store::LogStore logs_{settings_.store.directory / "logs"};
  engine::Metrics metrics_;
  engine::WorkQueue queue_{clock_};
  std::function<void(const BuildId&)> look_ = [this](const BuildId& id) { queue_.add(id.key()); };
  engine::Admission admission_{capacityOf(settings_), look_};
  engine::Backoff backoff_{settings_.queue.backoffBase, settings_.queue.backoffCap,
                           std::random_device{}()};
  runtime::AgentSessions agents_{runtime_, look_};
  runtime::ImageResolver images_{runtime_, settings_.engine};
  BuildSources sources_{settings_, runtime_, clock_};
  runtime::JobPool jobs_{settings_.queue.jobs, look_};
  engine::Recorder recorder_{{store_, logs_, clock_, metrics_, probe_}};
  engine::Observer observer_{{runtime_, agents_, jobs_, admission_, settings_.queue.minute}};
  engine::Executor executor_{{.runtime = runtime_,
                              .agents = agents_,
                              .jobs = jobs_,
                              .images = images_,
                              .sources = sources_.sources(),
                              .logs = logs_,
                              .recorder = recorder_,
                              .admission = admission_,
                              .clock = clock_,
                              .probe = probe_,
                              .onProgress =
                                  [](const BuildId& id, const std::string& text) {
                                    spdlog::info("event=progress build={} text=\"{}\"", id.name(),
                                                 text);
                                  },
                              .publicEndpoint = settings_.server.publicEndpoint,
                              .port = settings_.server.listenForBuilds ? settings_.server.port : 0,
                              .minute = settings_.queue.minute}};
  engine::Reconciler reconciler_{
      {store_, observer_, executor_, queue_, backoff_, metrics_, clock_}};
  engine::OrphanSweeper sweeper_{store_, runtime_, clock_, settings_.queue.sweepGrace};
  engine::OutboxDispatcher dispatcher_{store_, clock_, sinksOf(settings_), {}, probe_};
  std::unique_ptr<store::Subscription> subscription_;
  std::vector<std::jthread> workers_;
  std::vector<std::unique_ptr<engine::Periodic>> timers_;

  api::JsonService codebuild_{
      "codebuild",
      api::codebuildOperations(
          {store_,
           clock_,
           {.queuedBuilds = static_cast<std::size_t>(settings_.queue.maxQueuedBuilds)}})};
  Services services_{settings_, store_, clock_};
  api::FeedHub hub_{store_};
  api::Router router_;
  api::HttpServer server_{router_, settings_.account, settings_.server.threads};
  std::unique_ptr<engine::EngineFollower> follower_;
};

Status Daemon::resync(bool startUp) {
  return engine::forEachActiveBuild(store_, [&](const Build& build) {
    const bool running = build.phase() > Phase::kQueued && !build.complete() && !build.deleted;
    if (startUp && running) admission_.hold(build.id);
    look_(build.id);
  });
}

void Daemon::addRoutes() {
  router_.addTarget(codebuild_.targetPrefix(), api::jsonHandler(codebuild_));
  services_.addRoutes(router_);
  api::addWatchRoutes(router_, {.store = store_,
                                .logs = logs_,
                                .hub = hub_,
                                .clock = clock_,
                                .version = KILN_VERSION,
                                .ready = {{"engine", [this] { return dropValue(runtime_.info()); }},
                                          {"secrets", [this] { return services_.checkVault(); }},
                                          {"store", [this] { return store_.probe(); }}},
                                .metrics = [this] { return metrics_.text(); },
                                .limits = {}});
}

void Daemon::addGauges() {
  const auto count = [](std::size_t n) { return static_cast<double>(n); };
  metrics_.gauge("kiln_builds_running", "Builds that hold a slot",
                 [=, this] { return count(admission_.running()); });
  metrics_.gauge("kiln_builds_queued", "Builds that wait for a slot",
                 [=, this] { return count(admission_.waiting()); });
  metrics_.gauge("kiln_queue_depth", "Keys due for a reconcile pass",
                 [=, this] { return count(queue_.depth()); });
  metrics_.gauge("kiln_outbox_lag", "Events that some sink has not had yet",
                 [=, this] { return count(dispatcher_.lag()); });
  metrics_.gauge("kiln_store_version", "The store's resourceVersion",
                 [=, this] { return count(store_.version()); });
}

void Daemon::onEngine(const runtime::EngineInfo& engine) {
  const bool everywhere = settings_.server.host == "0.0.0.0" || settings_.server.host == "::";
  if (settings_.server.listenForBuilds && !everywhere && !engine.bridgeAddress.empty() &&
      engine.bridgeAddress != settings_.server.host) {
    if (auto also = server_.listenAlso(engine.bridgeAddress); !also.ok()) {
      spdlog::warn("event=no-bridge-listener error=\"{}\"", also.error().message);
    }
  }
  if (auto all = resync(false); !all.ok())
    spdlog::error("event=resync-failed error=\"{}\"", all.error().message);
}

void Daemon::startTimers() {
  const auto& queue = settings_.queue;
  timers_.push_back(
      std::make_unique<engine::Periodic>("resync", queue.resync, [this](std::stop_token) {
        if (auto all = resync(false); !all.ok())
          spdlog::error("event=resync-failed error=\"{}\"", all.error().message);
      }));
  timers_.push_back(
      std::make_unique<engine::Periodic>("watchdog", queue.resync, [this](std::stop_token) {
        (void)engine::reportStuckBuilds(store_, backoff_, clock_.now(), settings_.queue.minute);
      }));
  if (!settings_.engine.enabled) return;
  timers_.push_back(
      std::make_unique<engine::Periodic>("sweep", queue.sweep, [this](std::stop_token) {
        if (auto swept = sweeper_.sweep(); !swept.ok())
          spdlog::debug("event=sweep-failed error=\"{}\"", swept.error().message);
      }));
}

Status Daemon::start() {
  if (auto left = resync(true); !left.ok()) return left;
  if (auto ready = services_.start(); !ready.ok()) return ready;
  subscription_ = store_.subscribe([this](const store::Change& change) {
    if (change.note) return;
    dispatcher_.wake();
    if (change.key.kind == kBuildKind) queue_.add(change.key);
  });
  for (int i = 0; i < settings_.queue.workers; ++i)
    workers_.emplace_back([this] { reconciler_.drain(); });
  addGauges();
  startTimers();
  addRoutes();
  if (auto listening = server_.start(settings_.server.host, settings_.server.port); !listening.ok())
    return listening;
  if (!settings_.engine.enabled) return okStatus();
  follower_ = std::make_unique<engine::EngineFollower>(
      runtime_, look_, [this](const runtime::EngineInfo& engine) { onEngine(engine); });
  return okStatus();
}

void Daemon::stop() {
  server_.stop();
  follower_.reset();
  timers_.clear();
  subscription_.reset();
  queue_.shutDown();
  workers_.clear();
}

}  // namespace

std::filesystem::path agentProgram() {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  return self.parent_path() / "kiln-agent";
}

int runDaemon(const config::Settings& settings, const engine::Probe& probe) {
  blockSignals();
  startLogging(settings.log);
  ::umask(077);  // records, events and logs hold what callers put into their builds' environment
  auto store = store::openRocksStore({.directory = settings.store.directory,
                                      .feedWindow = settings.store.feedWindow,
                                      .env = nullptr});
  if (!store.ok()) return failed(store.error());
  auto runtime = runtime::DockerRuntime::make(settings.engine, (*store)->id(), agentProgram());
  if (!runtime.ok()) return failed(runtime.error());
  if (std::error_code unknown;
      settings.engine.enabled && !std::filesystem::exists(agentProgram(), unknown)) {
    spdlog::warn("event=no-agent file={} effect=\"every build ends as FAULT\"",
                 agentProgram().string());
  }

  Daemon daemon(settings, probe, **store, **runtime);
  if (auto started = daemon.start(); !started.ok()) {
    daemon.stop();
    return failed(started.error());
  }
  ::malloc_trim(0);  // the service tables' texts, parsed by now, were most of what was ever in use
  spdlog::info("event=serving address={}:{} data={} version={}", settings.server.host,
               settings.server.port, settings.store.directory.string(), KILN_VERSION);
  int signal = 0;
  const sigset_t signals = stopSignals();
  sigwait(&signals, &signal);
  spdlog::info("event=stopping signal={}", signal);
  daemon.stop();
  return 0;
}

}  // namespace kiln::cli
