// ContainerSources: a build's sources, fetched one after the other and put into its container as they come.
//
// Each tree arrives below a directory of its own, named anew each time, because an earlier try may have left half of one; the agent
// moves it to where it belongs. Threads: any. Owner: the daemon; what it is given outlives it.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "runtime/container_runtime.h"
#include "runtime/sandbox/delivered_sources.h"
#include "runtime/source/source_fetcher.h"

namespace kiln::runtime {

class ContainerSources final : public Sources {
 public:
  // The credentials to ask for a source with; nullopt: it needs none, or there are none.
  using Credentials = std::function<SourceResult<std::optional<GitCredentials>>(
      const Scope& scope, const SourceSpec& source, std::stop_token stop)>;

  ContainerSources(ContainerRuntime& runtime, SourceFetcher& fetcher, ObjectSource& objects,
                   Credentials credentials)
      : runtime_(runtime),
        fetcher_(fetcher),
        objects_(objects),
        credentials_(std::move(credentials)) {}

  Result<DeliveredSources> deliver(
      const Build& build, std::stop_token stop,
      const std::function<void(const std::string& line)>& progress) override;

 private:
  struct Delivery;  // under way
  // Adds it to `all`: its version is known also when its buildspec is wrong.
  std::optional<SourceError> deliverOne(const Delivery& delivery, const SourceInput& source,
                                        DeliveredSources& all);
  // Sets `all.buildspec` when it is one that has to be brought: of S3, or of `primary`, which is null where there is none.
  std::optional<SourceError> readBuildspec(const Delivery& delivery, FetchedSource* primary,
                                           DeliveredSources& all);

  ContainerRuntime& runtime_;
  SourceFetcher& fetcher_;
  ObjectSource& objects_;
  Credentials credentials_;
};

}  // namespace kiln::runtime
