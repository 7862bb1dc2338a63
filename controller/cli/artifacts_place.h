// Can artifacts be written to a directory of this host? What is wrong with it is better known before a build than after; the build looks
// again when it writes (runtime/artifacts/directory_writer.h).
//
// Looks and makes nothing. Failure: kInvalidArgument with the place and the system's reason.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "controller/core/result.h"

namespace kiln::cli {

// `place` may be missing, and be a link to a directory; the secondary ones' directories in it may be missing, too, but no links.
Status checkArtifactsPlace(const std::filesystem::path& place,
                           const std::vector<std::string>& identifiers);

}  // namespace kiln::cli
