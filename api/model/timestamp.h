// Timestamps on the wire: epoch seconds with milliseconds in JSON (1556905683.568, facts §5.1), ISO 8601 in XML bodies, RFC 7231 dates
// in headers. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/clock.h"

namespace kiln::api {

// Null for a time that is not there, so that the member is left out of the answer.
nlohmann::json toTimestamp(std::optional<TimePoint> time);

// Of a valid input's timestamp member, to the nearest millisecond.
TimePoint fromTimestamp(const nlohmann::json& seconds);

// `2009-10-12T17:50:30.000Z`
std::string toIsoMillis(TimePoint time);
// With or without a fraction, with Z or an offset; a date alone is its midnight. nullopt for anything else.
std::optional<TimePoint> fromIso8601(std::string_view text);

// `Wed, 12 Oct 2009 17:50:00 GMT`
std::string toHttpDate(TimePoint time);
// The three forms of RFC 7231 §7.1.1.1; nullopt for anything else.
std::optional<TimePoint> fromHttpDate(std::string_view text);

}  // namespace kiln::api
