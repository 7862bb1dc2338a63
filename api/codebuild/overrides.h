// A project's settings as one StartBuild wants them (facts §3.3, §5.6), and the two parts of a build record made of them
// (store/records/build_record.h).
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "api/codebuild/failures.h"

namespace kiln::api {

// `settings` (an AWS Project) with every override of `input`, defaults of what was overridden included.
nlohmann::json overridden(nlohmann::json settings, const nlohmann::json& input, const Scope& scope);

// Rules that only a start has, and those of the settings as they are now.
Refusal checkStart(const nlohmann::json& settings, const nlohmann::json& input, const Scope& scope);

nlohmann::json buildPart(const nlohmann::json& settings, const nlohmann::json& input);
nlohmann::json requestPart(const nlohmann::json& settings, std::int64_t cacheGeneration);

}  // namespace kiln::api
