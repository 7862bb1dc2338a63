// What a map of tags may be. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "api/codecommit/failures.h"

namespace kiln::api::codecommit {

Refusal tagsFault(const nlohmann::json& tags);

inline constexpr std::size_t kMostTags = 50;

}  // namespace kiln::api::codecommit
