#include "controller/cli/build_artifacts.h"

#include "controller/cli/aws_environment.h"

namespace kiln::cli {

BuildArtifacts::BuildArtifacts(const config::Settings& settings,
                               runtime::ContainerRuntime& containers, const Clock& clock)
    : client_(clock),
      endpoints_(settings, awsEnvironment()),
      artifacts_(containers, client_, endpoints_, settings.store.directory / "tmp" / "artifacts") {}

}  // namespace kiln::cli
