// planNext: what to do next for a build, from what is stored, what is seen and what time it is. Pure: no I/O, no clock, no log.
//
// The order is fixed: deleted, completed, stop requested, deadline passed, phase. Stop and deadline no longer apply from
// FINALIZING on, and a phase's end that is already here beats the deadline.
#pragma once

#include "controller/plan/observed.h"
#include "controller/plan/step.h"

namespace kiln::plan {

Step planNext(const Build& build, const Observed& seen, TimePoint now);

// When the current phase must be over, whatever happens; nullopt when nothing limits it (facts §2.5).
std::optional<TimePoint> deadlineOf(const Build& build, Millis minute);

}  // namespace kiln::plan
