#include "runtime/sandbox/artifacts_plan.h"

#include <algorithm>
#include <string>

namespace kiln::runtime {
namespace {

// A name that the project does not ask for is not evaluated: it may well fail. Only a ZIP can hold links (facts §1.7).
agent::ArtifactToCollect toCollect(const BuildspecArtifact& artifact,
                                   const ArtifactOutput& output) {
  return {.identifier = artifact.identifier,
          .baseDirectory = artifact.baseDirectory,
          .files = artifact.files,
          .excludePaths = artifact.excludePaths,
          .discardPaths = artifact.discardPaths,
          .keepSymlinks = artifact.enableSymlinks && output.packaging == "ZIP",
          .name = output.overrideName ? artifact.name : "",
          .s3Prefix = artifact.s3Prefix};
}

}  // namespace

void addArtifacts(const Build& build, const BuildspecArtifacts& artifacts, agent::PhasePlan& plan) {
  if (build.spec.artifacts.empty()) return;
  const auto skip = [&plan](const std::string& what, const std::string& why) {
    plan.logLines.push_back("Skipping " + what + ": " + why);
  };
  const ArtifactOutput* primary = findArtifact(build, "");
  if (primary != nullptr && !artifacts.primary.files.empty()) {
    plan.artifacts.push_back(toCollect(artifacts.primary, *primary));
  } else if (primary != nullptr) {
    skip("the primary artifact", "the buildspec lists no files for it");
  }
  for (const ArtifactOutput& output : build.spec.artifacts) {
    const bool given = std::ranges::any_of(artifacts.secondary, [&](const auto& artifact) {
      return artifact.identifier == output.identifier && !artifact.files.empty();
    });
    if (!output.identifier.empty() && !given) {
      skip("secondary artifact " + output.identifier, "the buildspec lists no files for it");
    }
  }
  for (const BuildspecArtifact& artifact : artifacts.secondary) {
    const ArtifactOutput* output = findArtifact(build, artifact.identifier);
    if (output == nullptr || artifact.identifier.empty()) {
      skip("secondary artifact " + artifact.identifier,
           "the project has no S3 artifact of this identifier");
    } else if (!artifact.files.empty()) {
      plan.artifacts.push_back(toCollect(artifact, *output));
    }
  }
}

}  // namespace kiln::runtime
