// BuildArtifacts: where builds put their artifacts: the client of S3, and what packs and uploads.
//
// Owner: Node; made before the executor, destroyed after its jobs have ended. Any thread.
#pragma once

#include "config/settings.h"
#include "controller/core/clock.h"
#include "runtime/artifacts/s3_artifacts.h"
#include "runtime/aws/aws_client.h"
#include "runtime/aws/endpoints.h"
#include "runtime/container_runtime.h"

namespace kiln::cli {

class BuildArtifacts {
 public:
  BuildArtifacts(const config::Settings& settings, runtime::ContainerRuntime& containers,
                 const Clock& clock);

  runtime::Artifacts& artifacts() { return artifacts_; }

 private:
  runtime::AwsClient client_;
  runtime::Endpoints endpoints_;
  runtime::S3Artifacts artifacts_;
};

}  // namespace kiln::cli
