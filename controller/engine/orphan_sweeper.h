// OrphanSweeper: removes containers that carry this store's label and that no build wants. The only code that deletes without a build's
// record.
//
// A container is wanted while its build's record has the container finalizer. It is given `grace` after its creation, because a record may
// be read a moment before its container is made. Failure: the engine's; the next round tries again.
#pragma once

#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "runtime/container_runtime.h"
#include "store/store.h"

namespace kiln::engine {

class OrphanSweeper {
 public:
  OrphanSweeper(const store::Store& store, runtime::ContainerRuntime& runtime, const Clock& clock,
                Millis grace)
      : store_(store), runtime_(runtime), clock_(clock), grace_(grace) {}

  // How many were removed.
  Result<int> sweep();

 private:
  Result<bool> wanted(const runtime::OwnedContainer& container) const;

  const store::Store& store_;
  runtime::ContainerRuntime& runtime_;
  const Clock& clock_;
  const Millis grace_;
};

}  // namespace kiln::engine
