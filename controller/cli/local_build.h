// LocalBuild: one build of a directory of this host, from its record to the last trace of its container: a Node of its own over a
// store that lives as long as it does.
//
// Owner and thread: `kiln run`. Everything it has made is gone when it is destroyed, the container first of all.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "config/settings.h"
#include "controller/cli/interrupts.h"
#include "controller/cli/node.h"
#include "controller/cli/run_request.h"
#include "controller/cli/temporary_directory.h"
#include "controller/cli/watch.h"
#include "runtime/artifacts/directory_artifacts.h"
#include "runtime/docker/docker_runtime.h"
#include "store/store.h"

namespace kiln::cli {

// How the build is shown, and what comes after it.
struct RunView {
  bool json = false;
  bool timestamps = false;
  bool noColour = false;
  bool shellOnFailure = false;
};

class LocalBuild {
 public:
  // `settings`: those of a server; its place, port and data directory are chosen here.
  LocalBuild(const RunRequest& request, config::Settings settings, const RunView& view,
             Interrupts& interrupts);
  ~LocalBuild();
  LocalBuild(const LocalBuild&) = delete;
  LocalBuild& operator=(const LocalBuild&) = delete;

  // The command's exit status. An Error: there was no build, and why.
  Result<int> run();

 private:
  // What a run that was killed has left.
  void removeLeftovers() const;
  Status open();
  Status startNode();
  Status submit();
  void onInterrupt(int count);
  void removeContainer();
  Status askForStop();
  int follow();
  void offerShell();
  void letGoOfContainer();
  void cleanUp();
  Result<Build> load() const;
  // Until the build, as it is stored, is as `wanted` says; false when that takes longer than `limit`, or a second signal has come.
  bool waitUntil(const std::function<bool(const Build&)>& wanted, Millis limit);

  const RunRequest& request_;
  config::Settings settings_;
  const RunView view_;
  Interrupts& interrupts_;
  const SystemClock clock_;
  const engine::Probe probe_;
  Guarded<WatchNews> news_;
  std::atomic<int> hurry_ = 0;  // the signal's number, once it is the second one
  std::unique_ptr<TemporaryDirectory> data_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<runtime::DockerRuntime> runtime_;
  std::unique_ptr<runtime::DirectoryArtifacts> artifacts_;
  std::unique_ptr<Node> node_;
  BuildId id_;
};

}  // namespace kiln::cli
