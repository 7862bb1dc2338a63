// ContractWorld: what the contract suite of ContainerRuntime needs of the world around one.
#pragma once

#include <memory>
#include <string>

#include "runtime/container_runtime.h"

namespace kiln::runtime {

// One engine, as the suite needs it. Its destructor removes what the tests left.
class ContractWorld {
 public:
  virtual ~ContractWorld() = default;
  virtual ContainerRuntime& runtime() = 0;
  virtual std::string image() = 0;  // one the engine has
  virtual std::unique_ptr<ContainerRuntime>
  unreachable() = 0;  // the same kind of runtime, its engine away
  virtual std::unique_ptr<ContainerRuntime>
  otherStore() = 0;  // the same engine, used by another Kiln; null: not possible
  virtual void createForeign(const BuildId& id) = 0;  // of the build's container name, not ours
  virtual void removeByOther(const BuildId& id) = 0;
};

}  // namespace kiln::runtime
