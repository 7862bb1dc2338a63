// BuildSources: where builds get their sources from: the fetcher, the credentials, and what puts trees into containers.
//
// Owner: Node; made before the executor, destroyed after its jobs have ended; what it is given outlives it. Any thread.
#pragma once

#include "config/settings.h"
#include "controller/cli/source_credentials.h"
#include "controller/core/clock.h"
#include "runtime/aws/aws_client.h"
#include "runtime/aws/endpoints.h"
#include "runtime/container_runtime.h"
#include "runtime/source/aws_object_source.h"
#include "runtime/source/container_sources.h"
#include "store/store.h"
#include "store/vault/vault.h"

namespace kiln::cli {

class BuildSources {
 public:
  struct Deps {
    const config::Settings& settings;
    runtime::ContainerRuntime& containers;
    store::Store& store;
    store::Vault& vault;
    runtime::AwsClient& client;
    const runtime::Endpoints& endpoints;
    const Clock& clock;
  };
  // `leftOut`: see SourceWorld; unset in a server.
  BuildSources(const Deps& deps, std::function<void(const std::string&)> leftOut);

  runtime::Sources& sources() { return sources_; }

 private:
  runtime::CodeCommitPlace codecommit(const std::string& region) const;

  const Deps deps_;
  runtime::AwsObjectSource objects_;
  runtime::SourceFetcher fetcher_;
  SourceCredentials credentials_;
  runtime::ContainerSources sources_;
};

}  // namespace kiln::cli
