#include "controller/cli/build_sources.h"

#include <cstdlib>
#include <map>

namespace kiln::cli {
namespace {

std::map<std::string, std::string> credentialsOfTheEnvironment() {
  std::map<std::string, std::string> found;
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
    if (const char* value = std::getenv(name)) found[name] = value;
  }
  return found;
}

std::optional<runtime::GitCredentials> noCredentials(const Scope&, const SourceInput&) {
  return std::nullopt;
}

}  // namespace

BuildSources::BuildSources(const config::Settings& settings, runtime::ContainerRuntime& containers,
                           const Clock& clock,
                           std::function<void(const std::string&)> leftOut)
    : settings_(settings),
      client_(clock),
      endpoints_(settings, credentialsOfTheEnvironment()),
      objects_(client_, endpoints_),
      fetcher_(settings.store.directory / "tmp" / "sources", {},
               {.clock = clock,
                .objects = objects_,
                .endpointFor =
                    [this](std::string_view, std::string_view region) {
                      return codecommitUrl(std::string(region));
                    },
                .mapUrl = {},
                .leftOut = std::move(leftOut)}),
      sources_(containers, fetcher_, objects_, noCredentials) {}

// The embedded CodeCommit takes the region from the path; a real one is asked under its own name.
std::string BuildSources::codecommitUrl(const std::string& region) const {
  const auto endpoint = endpoints_.resolve(runtime::AwsService::kCodeCommit,
                                           {.account = settings_.account, .region = region});
  return endpoint.embedded ? endpoint.baseUrl + "/_kiln/regions/" + region : endpoint.baseUrl;
}

}  // namespace kiln::cli
