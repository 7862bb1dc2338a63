#include "store/records/build_artifacts.h"

#include <nlohmann/json.hpp>

namespace kiln::store {

void addUploaded(nlohmann::json& shown, const Build& build) {
  const std::string identifier = shown.value("artifactIdentifier", "");
  for (const UploadedArtifact& artifact : build.state.artifacts) {
    if (artifact.identifier != identifier) continue;
    shown["location"] = artifact.location;
    shown["md5sum"] = artifact.md5sum;
    shown["sha256sum"] = artifact.sha256sum;
  }
}

}  // namespace kiln::store
