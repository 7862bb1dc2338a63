// DockerRuntime: the ContainerRuntime of a Docker engine, or of Podman's service, over its HTTP API.
//
// The agent is every container's entrypoint, out of a read-only volume (agent_volume.h); the image's ENTRYPOINT, USER, WORKDIR
// and HEALTHCHECK are bypassed. Log driver none: the agent's journal is the record.
// Threads: any; see container_runtime.h. Owner: main(). Failure: as the interface says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "config/settings.h"
#include "runtime/container_runtime.h"
#include "runtime/docker/container_terminal.h"

namespace kiln::runtime {

class DockerRuntime final : public ContainerRuntime {
 public:
  // kInvalidArgument when the engine's address cannot be understood. Does not connect: an engine that is away comes back.
  static Result<std::unique_ptr<DockerRuntime>> make(const config::EngineSettings& settings,
                                                     std::string storeId,
                                                     std::filesystem::path agentProgram);
  ~DockerRuntime() override;

  std::string endpoint() const;  // "unix:///var/run/docker.sock"

  Result<EngineInfo> info() override;
  Result<bool> hasImage(const std::string& image) override;
  Status pullImage(const std::string& image, std::stop_token stop,
                   const std::function<void(const PullProgress&)>& progress) override;
  Result<ContainerStatus> inspect(const BuildId& id) override;
  Result<std::string> ensureCreated(const BuildId& id, const ContainerSpec& spec) override;
  Status ensureStarted(const BuildId& id) override;
  Status ensureRemoved(const BuildId& id) override;
  Result<std::unique_ptr<AttachedStream>> attach(const BuildId& id) override;
  Status copyOut(const BuildId& id, const std::string& path, std::stop_token stop,
                 const std::function<Status(std::string_view)>& sink) override;
  Status copyIn(const BuildId& id, const std::string& directory,
                const std::function<Result<std::string>()>& source) override;
  Result<std::vector<OwnedContainer>> listOwned() override;
  Status removeOwned(const std::string& containerId) override;
  Status followEvents(std::stop_token stop,
                      const std::function<void(const std::string& buildArn)>& seen) override;

  // A process of the build's running container with a terminal of its own. kFailedPrecondition: the container does not run.
  Result<std::unique_ptr<ContainerTerminal>> openTerminal(const BuildId& id,
                                                          const std::vector<std::string>& command);

 private:
  struct Impl;
  explicit DockerRuntime(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::runtime
