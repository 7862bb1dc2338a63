#include "controller/cli/daemon.h"

#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>

#include "controller/cli/log_output.h"
#include "controller/cli/node.h"
#include "runtime/docker/docker_runtime.h"
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

void reportProgress(const BuildId& id, const std::string& text) {
  spdlog::info("event=progress build={} text=\"{}\"", id.name(), text);
}

int failed(const Error& error) {
  std::fprintf(stderr, "kiln serve: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

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

  Node node(settings, probe, **store, **runtime, {.onProgress = reportProgress});
  if (auto started = node.start(); !started.ok()) {
    node.stop();
    return failed(started.error());
  }
  ::malloc_trim(0);  // the service tables' texts, parsed by now, were most of what was ever in use
  spdlog::info("event=serving address={}:{} data={} version={}", settings.server.host,
               settings.server.port, settings.store.directory.string(), KILN_VERSION);
  int signal = 0;
  const sigset_t signals = stopSignals();
  sigwait(&signals, &signal);
  spdlog::info("event=stopping signal={}", signal);
  node.stop();
  return 0;
}

}  // namespace kiln::cli
