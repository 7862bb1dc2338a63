// ContainerRuntime: the container engine as the controller needs it. DockerRuntime is the real one, FakeRuntime (tests/fakes) the
// one for a million steps; one contract suite holds for both.
//
// Effects are idempotent: ensure… succeeds when the world already is as asked, so a lost reply is mended by calling again.
// An absent container is a value; an engine that cannot be reached is kUnavailable, never "absent".
// A container is ours when it carries both labels with our store's id and the build's id; ensureCreated answers
// kFailedPrecondition for one of that name that is not ours, and nothing else ever touches it.
// Threads: any. No call blocks for longer than the engine's time limit (settings `engine.requestTimeout`), except pullImage
// and the streams, which belong in jobs or threads of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/clock.h"
#include "controller/core/ids.h"
#include "controller/core/result.h"

namespace kiln::runtime {

inline constexpr std::string_view kStoreLabel = "io.kiln.store";
inline constexpr std::string_view kBuildLabel = "io.kiln.build";  // value: the build's ARN

enum class ContainerState { kAbsent, kCreated, kRunning, kExited };

struct ContainerStatus {
  ContainerState state = ContainerState::kAbsent;
  std::string id;
  int exitCode = 0;  // when exited
  bool outOfMemory = false;
  std::string engineError;  // the engine's own words, when it has any
};

struct ContainerSpec {
  std::string image;
  std::vector<std::string> command;  // agent's arguments; the entrypoint is always the agent
  std::int64_t memoryBytes = 0;      // 0: no limit
  std::int64_t nanoCpus = 0;         // 0: no limit
  bool privileged = false;  // also mounts the engine's socket, so that `docker` works inside
  std::string hostname;     // empty: the engine chooses
};

struct EngineInfo {
  std::string name;  // "docker", "podman"
  std::string version;
  std::string apiVersion;       // negotiated
  std::string architecture;     // "x86_64", "aarch64"
  std::string operatingSystem;  // "linux", "windows"
  int cpus = 0;
  std::int64_t memoryBytes = 0;
  std::string bridgeAddress;  // the host's address as containers see it; empty when there is none
};

struct OwnedContainer {
  std::string id;
  std::string buildArn;
  ContainerState state = ContainerState::kAbsent;
  TimePoint createdAt;
};

struct PullProgress {
  std::string text;  // one line for a person
};

// A raw two-way connection to the container's stdin and stdout (stderr is stdout). Closing it leaves the container running.
class AttachedStream {
 public:
  virtual ~AttachedStream() = default;
  // Bytes the container wrote, at least one; empty when the stream has ended. Blocks; close() from another thread ends it.
  virtual Result<std::string> read() = 0;
  virtual Status write(std::string_view bytes) = 0;
  virtual void close() = 0;
};

class ContainerRuntime {
 public:
  virtual ~ContainerRuntime() = default;

  virtual Result<EngineInfo> info() = 0;

  // Is `image` in the engine under exactly this name?
  virtual Result<bool> hasImage(const std::string& image) = 0;
  // Blocks until pulled. The error's message is the engine's own ("Error response from daemon: …" tail, facts §2.4).
  // kNotFound / kInvalidArgument when the registry said no, kDeadlineExceeded when it did not answer or pullTimeout passed;
  // kUnavailable always means the engine.
  virtual Status pullImage(const std::string& image, std::stop_token stop,
                           const std::function<void(const PullProgress&)>& progress) = 0;

  virtual Result<ContainerStatus> inspect(const BuildId& id) = 0;
  virtual Result<std::string> ensureCreated(
      const BuildId& id, const ContainerSpec& spec) = 0;  // the engine's container id
  virtual Status ensureStarted(
      const BuildId& id) = 0;  // kFailedPrecondition: it cannot start (bad image); message says why
  virtual Status ensureRemoved(const BuildId& id) = 0;  // kills it first
  virtual Result<std::unique_ptr<AttachedStream>> attach(const BuildId& id) = 0;

  // A tar stream out of / into the container, running or not.
  // Chunks are handed over as they come; stopped, kUnavailable.
  virtual Status copyOut(const BuildId& id, const std::string& path, std::stop_token stop,
                         const std::function<Status(std::string_view)>& sink) = 0;
  virtual Status copyIn(
      const BuildId& id, const std::string& directory,
      const std::function<Result<std::string>()>& source) = 0;  // empty string: end

  // Every container that carries our store's label.
  virtual Result<std::vector<OwnedContainer>> listOwned() = 0;
  // By container id, for what listOwned() told and no build wants.
  virtual Status removeOwned(const std::string& containerId) = 0;

  // Calls `seen` with the build's ARN for every event of a container of ours, until stopped or the engine goes (then it returns
  // why). Resumes from where an earlier call ended.
  virtual Status followEvents(std::stop_token stop,
                              const std::function<void(const std::string& buildArn)>& seen) = 0;
};

}  // namespace kiln::runtime
