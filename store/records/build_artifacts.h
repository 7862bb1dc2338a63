// What a build shows of its artifacts (facts §5.7, §5.8): where they will be, and once they are there the digests beside it.
//
// Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "controller/core/build.h"

namespace kiln::store {

// Puts what the upload has told of an artifact into `shown`, an AWS BuildArtifacts; of none that was not uploaded.
void addUploaded(nlohmann::json& shown, const Build& build);

}  // namespace kiln::store
