// Removing a build: at once when nothing of it is left outside the store, else by asking the controller to clean up first.
#pragma once

#include "controller/core/build.h"
#include "store/store.h"

namespace kiln::api {

Status removeBuild(store::Txn& txn, Build build, TimePoint now);

}  // namespace kiln::api
