// What the CodeCommit operations work with. All of it outlives them.
#pragma once

#include "controller/core/clock.h"
#include "store/repositories/repositories.h"
#include "store/store.h"

namespace kiln::api::codecommit {

struct Deps {
  store::Store& store;
  store::Repositories& repositories;
  const Clock& clock;
};

}  // namespace kiln::api::codecommit
