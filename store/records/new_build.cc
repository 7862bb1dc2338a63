#include "store/records/new_build.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "controller/core/artifact_key.h"
#include "controller/core/result.h"
#include "store/records/build_record.h"
#include "store/records/build_state_json.h"
#include "store/records/json_time.h"

namespace kiln::store {
namespace {

using nlohmann::json;

// What a build shows of the project's artifacts.
json buildArtifacts(const json& artifacts, const BuildId& id) {
  json shown = {{"location", ""}};
  if (artifacts.value("type", "") == "S3") {
    const ArtifactOutput output{.path = artifacts.value("path", ""),
                                .namespaceType = artifacts.value("namespaceType", ""),
                                .name = artifacts.value("name", "")};
    shown["location"] = artifactLocation(artifacts.value("location", ""), artifactKey(output, id));
    for (const char* flag : {"overrideArtifactName", "encryptionDisabled", "bucketOwnerAccess"}) {
      if (artifacts.contains(flag)) shown[flag] = artifacts[flag];
    }
  }
  if (artifacts.contains("artifactIdentifier")) {
    shown["artifactIdentifier"] = artifacts["artifactIdentifier"];
  }
  return shown;
}

// Through the codec, so that the typed members are what a later read will find.
Build decoded(const NewBuild& fresh, const json& document) {
  Resource resource;
  resource.meta.key = fresh.id.key();
  resource.spec = document.dump();
  resource.status = writeBuildState(submitted(fresh.now));
  auto build = toBuild(resource);
  if (!build.ok()) unreachable();
  return std::move(*build);
}

std::string roleName(const std::string& arn) {
  const auto slash = arn.rfind('/');
  return slash == std::string::npos ? arn : arn.substr(slash + 1);
}

}  // namespace

Build newBuild(const NewBuild& fresh, json build, json request) {
  build["projectName"] = fresh.id.project;
  build["buildNumber"] = fresh.number;
  build["startTime"] = toEpochSeconds(fresh.now);
  build["initiator"] = fresh.initiator;
  build["artifacts"] = buildArtifacts(request.value("projectArtifacts", json::object()), fresh.id);
  build["secondaryArtifacts"] = json::array();
  for (const json& one : request.value("secondaryProjectArtifacts", json::array())) {
    build["secondaryArtifacts"].push_back(buildArtifacts(one, fresh.id));
  }
  return decoded(
      fresh,
      {{"build", std::move(build)}, {"request", std::move(request)}, {"control", json::object()}});
}

Build retryOf(const Build& original, const NewBuild& fresh) {
  json document = json::parse(original.spec.document);
  json& build = document["build"];
  if (!original.state.resolvedSourceVersion.empty()) {
    build["sourceVersion"] = original.state.resolvedSourceVersion;
  }
  if (build.contains("autoRetryConfig")) {
    build["autoRetryConfig"]["autoRetryNumber"] = 0;
    build["autoRetryConfig"].erase("previousAutoRetry");
  }
  return newBuild(fresh, std::move(build), std::move(document["request"]));
}

Build autoRetryOf(const Build& original, std::string uuid, std::int64_t number, TimePoint now) {
  NewBuild fresh{.id = original.id, .number = number, .now = now, .initiator = {}};
  fresh.id.uuid = std::move(uuid);
  json document = json::parse(original.spec.document);
  fresh.initiator =
      roleName(document["build"].value("serviceRole", "")) + "/AWSCodeBuild-" + original.id.uuid;
  document["build"]["autoRetryConfig"] = {{"autoRetryLimit", original.spec.autoRetryLimit},
                                          {"autoRetryNumber", original.spec.autoRetryNumber + 1},
                                          {"previousAutoRetry", original.id.arn()}};
  if (!original.state.resolvedSourceVersion.empty()) {
    document["build"]["sourceVersion"] = original.state.resolvedSourceVersion;
  }
  return newBuild(fresh, std::move(document["build"]), std::move(document["request"]));
}

bool wantsAutoRetry(const Build& build) {
  return build.state.outcome == BuildStatus::kFailed && !build.deleted &&
         build.spec.autoRetryNumber < build.spec.autoRetryLimit &&
         !build.spec.initiator.starts_with("codepipeline/");
}

}  // namespace kiln::store
