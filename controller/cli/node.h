// Node: a Kiln at work: the controller, the services and the HTTP server over one store and one engine, every object connected.
// `kiln serve` runs one until a signal comes, `kiln run` one for a single build.
//
// Owner and thread: the command that runs it; start() once, then stop(), which may come twice. What runs inside is on threads of its own.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "api/codebuild/codebuild.h"
#include "api/http/server.h"
#include "api/model/json_service.h"
#include "api/watch/watch_routes.h"
#include "config/settings.h"
#include "controller/cli/aws_environment.h"
#include "controller/cli/build_logs.h"
#include "controller/cli/build_sources.h"
#include "controller/cli/services.h"
#include "controller/engine/engine_follower.h"
#include "controller/engine/event_sink.h"
#include "controller/engine/orphan_sweeper.h"
#include "controller/engine/outbox_dispatcher.h"
#include "controller/engine/periodic.h"
#include "controller/engine/reconciler.h"
#include "runtime/artifacts/s3_artifacts.h"
#include "runtime/aws/aws_client.h"
#include "runtime/aws/endpoints.h"
#include "runtime/container_runtime.h"
#include "runtime/sandbox/sessions.h"
#include "store/store.h"
#include "store/vault/vault.h"

namespace kiln::cli {

struct NodeOptions {
  // A line for a person about a build's pull or fetch; any thread.
  std::function<void(const BuildId&, const std::string&)> onProgress;
  // Set: builds of a directory of this host are possible; a line for each thing in one that is left out; any thread.
  std::function<void(const std::string&)> leftOut = {};
  // Where artifacts go instead of S3.
  runtime::Artifacts* artifacts = nullptr;
};

class Node {
 public:
  // What is given outlives it. Members are made in the order below, and destroyed in reverse.
  Node(const config::Settings& settings, const engine::Probe& probe, store::Store& store,
       runtime::ContainerRuntime& runtime, NodeOptions options)
      : settings_(settings),
        probe_(probe),
        store_(store),
        runtime_(runtime),
        options_(std::move(options)) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Takes up what was left running, and listens last. kUnavailable when the address cannot be had.
  Status start();
  // Ends what start() began; also after a start() that failed. Containers stay.
  void stop();

 private:
  std::size_t capacity() const;
  std::vector<std::unique_ptr<engine::EventSink>> sinks() const;
  Status resync(bool startUp);
  void addRoutes();
  void addGauges();
  void onEngine(const runtime::EngineInfo& engine);
  void startTimers();

  const config::Settings& settings_;
  const engine::Probe& probe_;
  store::Store& store_;
  runtime::ContainerRuntime& runtime_;
  NodeOptions options_;

  SystemClock clock_;
  store::LogStore logs_{settings_.store.directory / "logs"};
  engine::Metrics metrics_;
  engine::WorkQueue queue_{clock_};
  std::function<void(const BuildId&)> look_ = [this](const BuildId& id) { queue_.add(id.key()); };
  engine::Admission admission_{capacity(), look_};
  engine::Backoff backoff_{settings_.queue.backoffBase, settings_.queue.backoffCap,
                           std::random_device{}()};
  runtime::AgentSessions agents_{runtime_, look_};
  runtime::ImageResolver images_{runtime_, settings_.engine};
  store::Vault vault_{settings_.store.directory / "secret.key", store_};
  runtime::AwsClient aws_{clock_};
  const runtime::Endpoints endpoints_{settings_, awsEnvironment()};
  BuildSources sources_{{settings_, runtime_, store_, vault_, aws_, endpoints_, clock_},
                        options_.leftOut};
  runtime::S3Artifacts artifacts_{runtime_, aws_, endpoints_,
                                  settings_.store.directory / "tmp" / "artifacts"};
  // A thread for each build that runs, as each has one job at a time: those that wait for a dead server keep no other build waiting.
  runtime::JobPool jobs_{std::max(settings_.queue.jobs, static_cast<int>(capacity())), look_};
  BuildLogs buildLogs_{{settings_, store_, logs_, aws_, endpoints_, clock_, probe_}, look_};
  engine::Recorder recorder_{{store_, logs_, clock_, metrics_, probe_}};
  engine::Observer observer_{{runtime_, agents_, jobs_, admission_, buildLogs_.shipper(),
                              settings_.queue.minute, settings_.queue.logDelivery}};
  engine::Executor executor_{
      {.runtime = runtime_,
       .agents = agents_,
       .jobs = jobs_,
       .images = images_,
       .sources = sources_.sources(),
       .artifacts = options_.artifacts == nullptr ? artifacts_ : *options_.artifacts,
       .logs = logs_,
       .recorder = recorder_,
       .admission = admission_,
       .clock = clock_,
       .probe = probe_,
       .onProgress = std::move(options_.onProgress),
       .publicEndpoint = settings_.server.publicEndpoint,
       .port = settings_.server.listenForBuilds ? settings_.server.port : 0,
       .minute = settings_.queue.minute}};
  engine::Reconciler reconciler_{
      {store_, observer_, executor_, queue_, backoff_, metrics_, clock_, recorder_}};
  engine::OrphanSweeper sweeper_{store_, runtime_, clock_, settings_.queue.sweepGrace};
  engine::OutboxDispatcher dispatcher_{store_, clock_, sinks(), {}, probe_};
  std::unique_ptr<store::Subscription> subscription_;
  std::vector<std::jthread> workers_;
  std::vector<std::unique_ptr<engine::Periodic>> timers_;

  api::JsonService codebuild_{
      "codebuild",
      api::codebuildOperations(
          {store_,
           vault_,
           clock_,
           {.queuedBuilds = static_cast<std::size_t>(settings_.queue.maxQueuedBuilds)}}),
      api::checkCodebuildInput};
  Services services_{settings_, store_, buildLogs_, vault_, clock_};
  api::FeedHub hub_{store_};
  api::Router router_;
  api::HttpServer server_{router_,
                          settings_.account,
                          settings_.server.threads,
                          {.bodies = static_cast<std::size_t>(settings_.server.bodyMemory)}};
  std::unique_ptr<engine::EngineFollower> follower_;
};

// Where the agent's program is: beside this one.
std::filesystem::path agentProgram();

}  // namespace kiln::cli
