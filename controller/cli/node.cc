#include "controller/cli/node.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>

#include "api/http/json_handler.h"
#include "controller/engine/resync.h"
#include "controller/engine/watchdog.h"

namespace kiln::cli {

std::size_t Node::capacity() const {
  if (!settings_.engine.enabled) return 0;
  if (settings_.queue.maxConcurrentBuilds > 0)
    return static_cast<std::size_t>(settings_.queue.maxConcurrentBuilds);
  return std::max(1U, std::thread::hardware_concurrency());
}

std::vector<std::unique_ptr<engine::EventSink>> Node::sinks() const {
  std::vector<std::unique_ptr<engine::EventSink>> sinks;
  sinks.push_back(engine::makeLogSink(settings_.store.directory / "events.jsonl"));
  for (const auto& url : settings_.events.callbacks) {
    sinks.push_back(engine::makeCallbackSink(url, settings_.events.callbackTimeout));
  }
  return sinks;
}

Status Node::resync(bool startUp) {
  return engine::forEachActiveBuild(store_, [&](const Build& build) {
    const bool running = build.phase() > Phase::kQueued && !build.complete() && !build.deleted;
    if (startUp && running) admission_.hold(build.id);
    look_(build.id);
    if (build.phase() > Phase::kQueued) buildLogs_.shipper().look(build.id);
  });
}

void Node::addRoutes() {
  router_.addTarget(codebuild_.targetPrefix(), api::jsonHandler(codebuild_));
  services_.addRoutes(router_);
  api::addWatchRoutes(router_, {.store = store_,
                                .logs = logs_,
                                .hub = hub_,
                                .clock = clock_,
                                .version = KILN_VERSION,
                                .ready = {{"engine", [this] { return dropValue(runtime_.info()); }},
                                          {"secrets", [this] { return vault_.check(); }},
                                          {"store", [this] { return store_.probe(); }}},
                                .metrics = [this] { return metrics_.text(); },
                                .limits = {}});
}

void Node::addGauges() {
  const auto count = [](std::size_t n) { return static_cast<double>(n); };
  metrics_.gauge("kiln_builds_running", "Builds that hold a slot",
                 [=, this] { return count(admission_.running()); });
  metrics_.gauge("kiln_builds_queued", "Builds that wait for a slot",
                 [=, this] { return count(admission_.waiting()); });
  metrics_.gauge("kiln_queue_depth", "Keys due for a reconcile pass",
                 [=, this] { return count(queue_.depth()); });
  metrics_.gauge("kiln_outbox_lag", "Events that some sink has not had yet",
                 [=, this] { return count(dispatcher_.lag()); });
  metrics_.gauge("kiln_logs_behind",
                 "Builds whose log has lines that CloudWatch Logs has not had yet",
                 [=, this] { return count(buildLogs_.shipper().behind()); });
  metrics_.gauge(
      "kiln_logs_lag_seconds", "For how long the first of them has had such lines",
      [this] { return std::chrono::duration<double>(buildLogs_.shipper().lag()).count(); });
  metrics_.gauge("kiln_store_version", "The store's resourceVersion",
                 [=, this] { return count(store_.version()); });
}

void Node::onEngine(const runtime::EngineInfo& engine) {
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

void Node::startTimers() {
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

Status Node::start() {
  if (auto left = resync(true); !left.ok()) return left;
  if (auto ready = services_.start(); !ready.ok()) return ready;
  subscription_ = store_.subscribe([this](const store::Change& change) {
    buildLogs_.shipper().changed(change);
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

void Node::stop() {
  server_.stop();
  follower_.reset();
  timers_.clear();
  subscription_.reset();
  queue_.shutDown();
  workers_.clear();
  jobs_.stop();  // before what they use: the executor's members
}

std::filesystem::path agentProgram() {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  return self.parent_path() / "kiln-agent";
}

}  // namespace kiln::cli
