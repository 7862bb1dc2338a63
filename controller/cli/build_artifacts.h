// BuildArtifacts: where builds put their artifacts. Owner: the daemon; made before the executor, destroyed after its jobs have ended.
#pragma once

#include "runtime/sandbox/artifacts.h"

namespace kiln::cli {

class BuildArtifacts final : public runtime::Artifacts {
 public:
  Result<runtime::UploadedArtifacts> upload(
      const Build&, const runtime::CollectedArtifacts&, std::stop_token,
      const std::function<void(const std::string&)>&) override {
    runtime::UploadedArtifacts none;
    none.failure = PhaseContext{"CLIENT_ERROR", "Kiln does not upload S3 artifacts yet"};
    return none;
  }
};

}  // namespace kiln::cli
