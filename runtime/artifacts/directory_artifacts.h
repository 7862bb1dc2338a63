// DirectoryArtifacts: a build's artifacts as plain files below a directory of this host: the primary one in the directory itself, each
// secondary one in a directory of its identifier. For a build that somebody runs by hand.
//
// Threads: any. What is given outlives it. What is wrong with the directory is the build's `failure`; an Error is the engine's.
#pragma once

#include <filesystem>

#include "runtime/artifacts/directory_writer.h"
#include "runtime/container_runtime.h"
#include "runtime/sandbox/artifacts.h"

namespace kiln::runtime {

class DirectoryArtifacts final : public Artifacts {
 public:
  DirectoryArtifacts(ContainerRuntime& runtime, std::filesystem::path directory)
      : runtime_(runtime), directory_(std::move(directory)) {}

  Result<UploadedArtifacts> upload(
      const Build& build, const CollectedArtifacts& collected, std::stop_token stop,
      const std::function<void(const std::string& line)>& progress) override;

 private:
  Result<PlaceFault> write(const Build& build, const CollectedArtifact& one,
                           const std::stop_token& stop) const;

  ContainerRuntime& runtime_;
  const std::filesystem::path directory_;
};

}  // namespace kiln::runtime
