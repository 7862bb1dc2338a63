// Build -> the AWS Build that a client sees (facts §2.1, §4.5, §5.7). A requested stop shows at once in its final form.
//
// Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "controller/core/build.h"

namespace kiln::api {

nlohmann::json buildView(const Build& build);

}  // namespace kiln::api
