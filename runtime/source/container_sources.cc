#include "runtime/source/container_sources.h"

#include <utility>

#include "runtime/buildspec/buildspec.h"
#include "runtime/sandbox/environment.h"
#include "runtime/source/buildspec_file.h"

namespace kiln::runtime {

struct ContainerSources::Delivery {
  const Build& build;
  std::string directory;  // where trees arrive, without the leading slash
  std::stop_token stop;
  const std::function<void(const std::string&)>& progress;
};

Result<DeliveredSources> ContainerSources::deliver(
    const Build& build, std::stop_token stop,
    const std::function<void(const std::string& line)>& progress) {
  const Delivery delivery{build, "codebuild/output/.arrived-" + newUuid(), std::move(stop),
                          progress};
  DeliveredSources all;
  const auto ended = [&](const SourceError& error) -> Result<DeliveredSources> {
    if (!error.context) return error.error;
    all.failure = error.context;
    return all;
  };
  const auto& sources = build.spec.sources;
  const bool primary = !sources.empty() && sources.front().identifier.empty();
  if (build.spec.buildspecInS3 && !primary) {
    if (const auto wrong = readBuildspec(delivery, nullptr, all)) return ended(*wrong);
  }
  for (const SourceInput& source : sources) {
    if (const auto wrong = deliverOne(delivery, source, all)) return ended(*wrong);
  }
  return all;
}

std::optional<SourceError> ContainerSources::deliverOne(const Delivery& delivery,
                                                        const SourceInput& source,
                                                        DeliveredSources& all) {
  const Build& build = delivery.build;
  SourceSpec spec{.identifier = source.identifier,
                  .type = source.type,
                  .location = source.location,
                  .version = source.version,
                  .gitCloneDepth = source.gitCloneDepth,
                  .fetchSubmodules = source.gitSubmodules,
                  .insecureSsl = source.insecureSsl,
                  .authType = source.authType,
                  .authResource = source.authResource,
                  .credentials = {}};
  auto credentials = credentials_(build.id.scope, spec, delivery.stop);
  if (!credentials.ok()) return credentials.error();
  spec.credentials = *std::move(credentials);
  auto fetched = fetcher_.fetch(spec, build.id.scope, delivery.stop, delivery.progress);
  if (!fetched.ok()) return fetched.error();
  all.sources.push_back({source.identifier, {}, (*fetched)->resolvedVersion()});
  if (source.identifier.empty()) {
    if (auto wrong = readBuildspec(delivery, fetched->get(), all)) return wrong;
  }
  const std::string place = delivery.directory + "/" + std::to_string(all.sources.size());
  const auto copied = runtime_.copyIn(build.id, "/", (*fetched)->tar(place + "/"));
  if (!copied.ok()) return SourceError::ofHost(copied.error());
  all.sources.back().arrivedAt = "/" + place;
  return std::nullopt;
}

std::optional<SourceError> ContainerSources::readBuildspec(const Delivery& delivery,
                                                           FetchedSource* primary,
                                                           DeliveredSources& all) {
  const Build& build = delivery.build;
  const BuildspecForm form = formOf(build.spec.buildspec);
  if (form == BuildspecForm::kInline) return std::nullopt;
  if (form == BuildspecForm::kS3Arn) {
    auto read = readBuildspecObject(objects_, build.id.scope, build.spec.buildspec, delivery.stop);
    if (!read.ok()) return read.error();
    all.buildspec = std::move(read->text);
    return std::nullopt;
  }
  if (primary == nullptr) return std::nullopt;
  auto read = readBuildspecFile(*primary, build.spec.buildspec, sourceDirectory(build));
  if (!read.ok()) return SourceError::ofBuild(read.error());
  all.buildspec = std::move(read->text);
  all.buildspecLocation = std::move(read->location);
  return std::nullopt;
}

}  // namespace kiln::runtime
