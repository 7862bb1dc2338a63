// FakeRuntime: a container engine in memory, held to the contract of runtime/container_runtime.h by the same suite as the real
// one, and with every misfortune at a test's command: effects that fail, replies that are lost after the effect, an engine that
// cannot be reached, somebody else's `docker rm`.
//
// Threads: any. Nothing runs by itself: a container changes when a call or the test changes it. Its program (default: kEcho) answers lines
// written to an attached stream at once, in the writer's thread. Deterministic for a given order of calls and seed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "runtime/container_runtime.h"

namespace kiln::fakes {

enum class Call {
  kInfo,
  kHasImage,
  kPull,
  kInspect,
  kCreate,
  kStart,
  kRemove,
  kAttach,
  kCopyOut,
  kCopyIn,
  kList,
  kRemoveOwned,
  kEvents
};

// What runs in a container: what it prints at its start, and its answer to a line of input, with an exit code when that ends it.
struct FakeProgram {
  struct Answer {
    std::string output;
    std::optional<int> exitCode;
  };
  std::string greeting;
  std::function<Answer(const std::string& line)> onLine;
};

// Prints "ready\n", then "echo LINE\n" for each line; "exit N" ends it. The real suite's test program does the same.
FakeProgram echoProgram();

class FakeRuntime final : public runtime::ContainerRuntime {
 public:
  explicit FakeRuntime(std::string storeId = "fake-store");
  ~FakeRuntime() override;

  Result<runtime::EngineInfo> info() override;
  Result<bool> hasImage(const std::string& image) override;
  Status pullImage(const std::string& image, std::stop_token stop,
                   const std::function<void(const runtime::PullProgress&)>& progress) override;
  Result<runtime::ContainerStatus> inspect(const BuildId& id) override;
  Result<std::string> ensureCreated(const BuildId& id, const runtime::ContainerSpec& spec) override;
  Status ensureStarted(const BuildId& id) override;
  Status ensureRemoved(const BuildId& id) override;
  Result<std::unique_ptr<runtime::AttachedStream>> attach(const BuildId& id) override;
  Status copyOut(const BuildId& id, const std::string& path, std::stop_token stop,
                 const std::function<Status(std::string_view)>& sink) override;
  Status copyIn(const BuildId& id, const std::string& directory,
                const std::function<Result<std::string>()>& source) override;
  Result<std::vector<runtime::OwnedContainer>> listOwned() override;
  Status removeOwned(const std::string& containerId) override;
  Status followEvents(std::stop_token stop,
                      const std::function<void(const std::string& buildArn)>& seen) override;

  // The world.
  void setInfo(runtime::EngineInfo info);
  void addImage(const std::string& image);       // in the engine
  void addToRegistry(const std::string& image);  // can be pulled
  void refusePull(const std::string& image,
                  Error error);  // what the registry says instead of "not found"
  void refuseStart(const std::string& image,
                   std::string reason);  // containers of this image cannot start
  void setProgram(FakeProgram program);  // for containers created from now on
  void setReachable(
      bool
          reachable);  // false: every call is kUnavailable, streams end, containers keep their state
  bool reachable() const;
  std::uint64_t outages() const;  // how often it went away

  // Misfortunes.
  void failBefore(Call call, int times = 1);  // kUnavailable, nothing happened
  void loseReply(Call call, int times = 1);   // it happened, the caller is told kUnavailable
  void setRandomFaults(std::uint64_t seed, double before,
                       double after);     // probabilities; 0, 0 ends it
  void removeByOther(const BuildId& id);  // docker rm -f behind our back
  void exitContainer(const BuildId& id, int code, bool outOfMemory = false, std::string error = "");
  void createForeign(const BuildId& id);  // a running container of our name without our labels
  void createOrphan(const std::string& buildArn,
                    TimePoint at);  // ours by label, of a build nobody knows

  // What happened. Not subject to faults.
  int createdFor(const BuildId& id) const;
  int startedFor(const BuildId& id) const;
  int removedFor(const BuildId& id) const;  // by us or by others
  int pullsOf(const std::string& image) const;
  runtime::ContainerState stateOf(const BuildId& id) const;
  std::optional<runtime::ContainerSpec> specOf(const BuildId& id) const;
  std::uint64_t incarnationOf(
      const BuildId& id) const;  // of the container there now; 0: none. Never given twice
  std::vector<std::string> namesLeft() const;  // of every container, foreign ones too

 private:
  struct Container;
  struct World;
  class Stream;
  std::shared_ptr<World> world_;
};

}  // namespace kiln::fakes
