// The EventBridge events of a build (facts §6), whole, ready for the outbox. Pure.
#pragma once

#include <vector>

#include "controller/core/build.h"
#include "store/store.h"

namespace kiln::store {

// The events that lead from `before` to `after`: one "CodeBuild Build Phase Change" for each phase that ended between them, in
// order, and one "CodeBuild Build State Change" when the status changed. `before` null: the build was just accepted, which
// tells IN_PROGRESS and the end of SUBMITTED. Ids depend on build, phase and kind alone, so a repeated transition repeats them.
std::vector<OutboxEntry> eventsBetween(const Build* before, const Build& after);

}  // namespace kiln::store
