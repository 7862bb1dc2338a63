// Resync: looks at every active build again. What start-up does once and the jittered timer now and then, in case a hint was lost.
#pragma once

#include <functional>

#include "controller/core/build.h"
#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::engine {

// Calls `seen` with each build that is not complete or still guarded, oldest first, a page at a time.
Status forEachActiveBuild(const store::Store& store, const std::function<void(const Build&)>& seen);

}  // namespace kiln::engine
