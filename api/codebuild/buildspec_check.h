// Is a `buildspec` text usable without a source? (facts §1.1) Whether its content makes sense is told in the build, as AWS does.
// The only user of yaml-cpp in api/. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace kiln::api {

bool isS3Buildspec(std::string_view buildspec);        // an object's ARN
bool isInlineBuildspec(const std::string& buildspec);  // a YAML mapping, not a path and not broken

}  // namespace kiln::api
