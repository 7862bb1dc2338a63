// Where a build's artifact lies in its bucket (facts §1.7, §5.8): what a build shows at its start and what is uploaded at its end
// follow this one rule. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/build.h"

namespace kiln {

// What the buildspec says of an artifact, once its build has evaluated it; empty: it says nothing.
struct BuildspecNaming {
  std::string name = {};
  std::string s3Prefix = {};
};

// `[path/][buildId/]name`. The buildspec's name counts when the project lets it, the project's own name when there is no other; the
// name "/" is the folder itself. An s3-prefix takes the path's place, with the namespace BUILD_ID only.
std::string artifactKey(const ArtifactOutput& output, const BuildId& id,
                        const BuildspecNaming& naming = {});

// "arn:aws:s3:::bucket/key"; the bucket is a name or an ARN.
std::string artifactLocation(std::string_view bucket, std::string_view key);

}  // namespace kiln
