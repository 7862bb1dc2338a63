#include "controller/cli/build_sources.h"

#include "controller/cli/aws_environment.h"

namespace kiln::cli {
namespace {

runtime::SourceLimits limitsOf(const config::SourceSettings& settings) {
  return {.maxBytes = settings.maxSize,
          .maxRatio = settings.maxRatio,
          .ratioFloor = settings.ratioFloor,
          .maxFiles = settings.maxFiles};
}

}  // namespace

BuildSources::BuildSources(const config::Settings& settings, runtime::ContainerRuntime& containers,
                           store::Store& store, store::Vault& vault, const Clock& clock,
                           std::function<void(const std::string&)> leftOut)
    : settings_(settings),
      client_(clock),
      endpoints_(settings, awsEnvironment()),
      objects_(client_, endpoints_),
      fetcher_(settings.store.directory / "tmp" / "sources", limitsOf(settings.sources),
               {.clock = clock,
                .objects = objects_,
                .codecommit = [this](const std::string& region) { return codecommit(region); },
                .mapUrl = {},
                .leftOut = std::move(leftOut)}),
      credentials_(store, vault, client_, endpoints_),
      sources_(containers, fetcher_, objects_,
               [this](const Scope& scope, const runtime::SourceSpec& source, std::stop_token stop) {
                 return credentials_.find(scope, source, std::move(stop));
               }) {}

// The embedded CodeCommit takes the region from the path and needs no login; a real one is asked under its own name, with one.
runtime::CodeCommitPlace BuildSources::codecommit(const std::string& region) const {
  auto endpoint = endpoints_.resolve(runtime::AwsService::kCodeCommit,
                                     {.account = settings_.account, .region = region});
  if (endpoint.embedded) return {.url = endpoint.baseUrl + "/_kiln/regions/" + region};
  return {.url = std::move(endpoint.baseUrl),
          .credentials = std::move(endpoint.credentials),
          .region = std::move(endpoint.region)};
}

}  // namespace kiln::cli
