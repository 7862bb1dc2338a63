// Timestamps of the JSON protocols: epoch seconds as a number with milliseconds, 1556905683.568 (facts §5.1). Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "controller/core/clock.h"

namespace kiln::api {

// Null for a time that is not there, so that the member is left out of the answer.
nlohmann::json toTimestamp(std::optional<TimePoint> time);

// Of a valid input's timestamp member, to the nearest millisecond.
TimePoint fromTimestamp(const nlohmann::json& seconds);

}  // namespace kiln::api
