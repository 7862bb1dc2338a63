// What the CodeBuild operations work with. All of it outlives them.
#pragma once

#include <cstddef>

#include "controller/core/clock.h"
#include "store/store.h"
#include "store/vault/vault.h"

namespace kiln::api {

// What an account may have; beyond it AccountLimitExceededException.
struct Limits {
  std::size_t queuedBuilds = 1'000;  // 0: any number
  std::size_t projects = 5'000;
  int concurrentBuilds = 0;  // the highest concurrentBuildLimit a project may ask for; 0: any
};

struct Deps {
  store::Store& store;
  store::Vault& vault;  // of source credentials' tokens
  const Clock& clock;
  Limits limits;
};

}  // namespace kiln::api
