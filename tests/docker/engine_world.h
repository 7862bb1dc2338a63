// EngineWorld: the real engine for one test, with a store id of its own and the echo program as the agent.
#pragma once

#include <memory>
#include <string>

#include "runtime/docker/docker_runtime.h"
#include "tests/docker/contract_world.h"

namespace kiln::runtime {

class EngineWorld final : public ContractWorld {
 public:
  // Null, with the reason printed, when there is no engine or it has no image to run.
  static std::unique_ptr<ContractWorld> make();
  static std::unique_ptr<EngineWorld> makeWorld(const std::string& agentProgram = echoProgram());
  ~EngineWorld() override;

  ContainerRuntime& runtime() override { return *runtime_; }
  std::string image() override;
  std::unique_ptr<ContainerRuntime> unreachable() override;
  std::unique_ptr<ContainerRuntime> otherStore() override;
  void createForeign(const BuildId& id) override;
  void removeByOther(const BuildId& id) override;

  const std::string& storeId() const { return storeId_; }
  std::string inspectRaw(const BuildId& id);  // the engine's own JSON
  void emptyAgentVolume();                    // as if somebody had pruned it
  static std::string echoProgram();           // its path
  static config::EngineSettings settings();

 private:
  EngineWorld() = default;
  std::string storeId_ = newUuid();
  std::unique_ptr<DockerRuntime> runtime_;
};

}  // namespace kiln::runtime
