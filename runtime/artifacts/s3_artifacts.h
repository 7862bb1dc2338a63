// S3Artifacts: a build's artifacts, brought out of its container and put into S3: packed as a zip, or each file by itself (facts §5.8).
//
// What is packed waits below `directory`, private to the daemon and without names; a full disk is an Error that another try may mend. A
// zip that a try before a crash has put is not put again. Threads: any. Owner: the daemon; what it is given outlives it.
#pragma once

#include <filesystem>

#include "runtime/artifacts/upload_target.h"
#include "runtime/aws/aws_client.h"
#include "runtime/aws/endpoints.h"
#include "runtime/container_runtime.h"
#include "runtime/sandbox/artifacts.h"

namespace kiln::runtime {

class S3Artifacts final : public Artifacts {
 public:
  // Removes what lies below `directory`.
  S3Artifacts(ContainerRuntime& runtime, AwsClient& client, const Endpoints& endpoints,
              std::filesystem::path directory);

  Result<UploadedArtifacts> upload(
      const Build& build, const CollectedArtifacts& collected, std::stop_token stop,
      const std::function<void(const std::string& line)>& progress) override;

 private:
  struct Upload;  // under way
  UploadResult<UploadedArtifact> uploadOne(const Upload& upload) const;
  UploadResult<UploadedArtifact> uploadZip(const Upload& upload) const;
  UploadResult<UploadedArtifact> uploadFolder(const Upload& upload) const;

  ContainerRuntime& runtime_;
  AwsClient& client_;
  const Endpoints& endpoints_;
  const std::filesystem::path directory_;
};

}  // namespace kiln::runtime
