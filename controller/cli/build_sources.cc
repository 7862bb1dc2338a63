#include "controller/cli/build_sources.h"

namespace kiln::cli {
namespace {

runtime::SourceLimits limitsOf(const config::SourceSettings& settings) {
  return {.maxBytes = settings.maxSize,
          .maxRatio = settings.maxRatio,
          .ratioFloor = settings.ratioFloor,
          .maxFiles = settings.maxFiles};
}

}  // namespace

BuildSources::BuildSources(const Deps& deps, std::function<void(const std::string&)> leftOut)
    : deps_(deps),
      objects_(deps.client, deps.endpoints),
      fetcher_(deps.settings.store.directory / "tmp" / "sources", limitsOf(deps.settings.sources),
               {.clock = deps.clock,
                .objects = objects_,
                .codecommit = [this](const std::string& region) { return codecommit(region); },
                .mapUrl = {},
                .leftOut = std::move(leftOut)}),
      credentials_(deps.store, deps.vault, deps.client, deps.endpoints),
      sources_(deps.containers, fetcher_, objects_,
               [this](const Scope& scope, const runtime::SourceSpec& source, std::stop_token stop) {
                 return credentials_.find(scope, source, std::move(stop));
               }) {}

// The embedded CodeCommit takes the region from the path and needs no login; a real one is asked under its own name, with one.
runtime::CodeCommitPlace BuildSources::codecommit(const std::string& region) const {
  auto endpoint = deps_.endpoints.resolve(runtime::AwsService::kCodeCommit,
                                          {.account = deps_.settings.account, .region = region});
  if (endpoint.embedded) return {.url = endpoint.baseUrl + "/_kiln/regions/" + region};
  return {.url = std::move(endpoint.baseUrl),
          .credentials = std::move(endpoint.credentials),
          .region = std::move(endpoint.region)};
}

}  // namespace kiln::cli
