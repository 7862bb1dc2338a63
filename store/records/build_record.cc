#include "store/records/build_record.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "store/records/build_state_json.h"
#include "store/records/json_time.h"
#include "store/records/sort_bytes.h"

namespace kiln::store {
namespace {

using nlohmann::json;

const json& member(const json& object, const char* name) {
  static const json kNone = json::object();
  auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

std::string text(const json& object, const char* name) {
  return object.is_object() ? object.value(name, std::string()) : std::string();
}

EnvVarType envVarType(const std::string& name) {
  if (name == "PARAMETER_STORE") return EnvVarType::kParameterStore;
  if (name == "SECRETS_MANAGER") return EnvVarType::kSecretsManager;
  return EnvVarType::kPlaintext;
}

void readEnvironment(const json& environment, BuildSpec& spec) {
  spec.image = text(environment, "image");
  spec.environmentType = text(environment, "type");
  spec.computeType = text(environment, "computeType");
  spec.imagePullCredentialsType = text(environment, "imagePullCredentialsType");
  spec.registryCredential = text(member(environment, "registryCredential"), "credential");
  spec.privileged = environment.value("privilegedMode", false);
  for (const json& variable : member(environment, "environmentVariables")) {
    spec.environmentVariables.push_back(
        {text(variable, "name"), text(variable, "value"), envVarType(text(variable, "type"))});
  }
}

SourceInput readSource(const json& source, std::string version) {
  return {.identifier = text(source, "sourceIdentifier"),
          .type = text(source, "type"),
          .location = text(source, "location"),
          .version = std::move(version),
          .gitCloneDepth = source.value("gitCloneDepth", 0),
          .gitSubmodules = member(source, "gitSubmodulesConfig").value("fetchSubmodules", false),
          .insecureSsl = source.value("insecureSsl", false),
          .authType = text(member(source, "auth"), "type"),
          .authResource = text(member(source, "auth"), "resource")};
}

std::vector<SourceInput> readSources(const json& build) {
  std::vector<SourceInput> sources = {
      readSource(build.value("source", json::object()), text(build, "sourceVersion"))};
  for (const json& source : member(build, "secondarySources")) {
    std::string version;
    for (const json& one : member(build, "secondarySourceVersions")) {
      if (text(one, "sourceIdentifier") == text(source, "sourceIdentifier"))
        version = text(one, "sourceVersion");
    }
    sources.push_back(readSource(source, std::move(version)));
  }
  std::erase_if(sources, [](const SourceInput& source) { return source.type == "NO_SOURCE"; });
  return sources;
}

std::vector<ArtifactOutput> readArtifacts(const json& request) {
  json all = json::array({member(request, "projectArtifacts")});
  for (const json& one : member(request, "secondaryProjectArtifacts")) all.push_back(one);
  std::vector<ArtifactOutput> artifacts;
  for (const json& one : all) {
    if (text(one, "type") != "S3") continue;
    std::string bucket = text(one, "location");
    if (bucket.starts_with("arn:")) bucket.erase(0, bucket.rfind(':') + 1);
    artifacts.push_back({.identifier = text(one, "artifactIdentifier"),
                         .bucket = std::move(bucket),
                         .path = text(one, "path"),
                         .namespaceType = text(one, "namespaceType"),
                         .name = text(one, "name"),
                         .packaging = text(one, "packaging"),
                         .overrideName = one.value("overrideArtifactName", false),
                         .encryptionDisabled = one.value("encryptionDisabled", false),
                         .bucketOwnerAccess = text(one, "bucketOwnerAccess")});
  }
  return artifacts;
}

BuildSpec readSpec(const BuildId& id, const std::string& document) {
  const json whole = json::parse(document);
  const json& build = whole.at("build");
  const json& request = whole.at("request");
  BuildSpec spec;
  spec.document = document;
  spec.number = build.at("buildNumber").get<std::int64_t>();
  spec.startTime = fromEpochSeconds(build.at("startTime").get<double>());
  spec.initiator = text(build, "initiator");
  readEnvironment(build.at("environment"), spec);
  spec.buildspec = text(member(build, "source"), "buildspec");
  spec.buildspecInS3 =
      spec.buildspec.starts_with("arn:") && spec.buildspec.find(":s3:::") != std::string::npos;
  spec.sourceVersion = text(build, "sourceVersion");
  spec.sources = readSources(build);
  spec.artifactsType = text(member(request, "projectArtifacts"), "type");
  spec.artifacts = readArtifacts(request);
  spec.encryptionKey = text(build, "encryptionKey");
  spec.logStream = logStreamName(
      id, text(member(member(request, "logsConfig"), "cloudWatchLogs"), "streamName"));
  spec.cacheType = text(member(build, "cache"), "type");
  spec.timeout = Minutes(build.value("timeoutInMinutes", 60));
  spec.queuedTimeout = Minutes(build.value("queuedTimeoutInMinutes", 480));
  const json& retry = member(build, "autoRetryConfig");
  spec.autoRetryLimit = retry.value("autoRetryLimit", 0);
  spec.autoRetryNumber = retry.value("autoRetryNumber", 0);
  const json& control = member(whole, "control");
  if (auto at = control.find("stopRequestedAt"); at != control.end()) {
    spec.stopRequestedAt = fromUnixMillis(at->get<std::int64_t>());
  }
  return spec;
}

std::string writeSpec(const BuildSpec& spec) {
  json document = json::parse(spec.document);
  json& control = document["control"];
  if (!control.is_object()) control = json::object();
  control.erase("stopRequestedAt");
  if (spec.stopRequestedAt) control["stopRequestedAt"] = toUnixMillis(*spec.stopRequestedAt);
  return document.dump();
}

// A log is kept as long as its build: it alone leaves the controller nothing to do.
bool active(const Build& build) {
  return !build.complete() || build.deleted || guardedBy(build, kContainerFinalizer) ||
         guardedBy(build, kLogDeliveryFinalizer);
}

std::vector<std::string> indexKeys(const Build& build) {
  const BuildId& id = build.id;
  const std::string number = sortable(build.spec.number);
  const std::string byTime =
      sortable(toUnixMillis(build.spec.startTime)) + "/" + number + "/" + id.name();
  std::vector<std::string> keys;
  if (active(build)) {
    keys.push_back(std::string(kActiveBuildsIndex) + byTime + "/" + id.scope.account + "/" +
                   id.scope.region);
  }
  if (build.deleted) return keys;
  keys.push_back(buildsIndex(id.scope) + byTime);
  keys.push_back(projectBuildsIndex(id.scope, id.project) + number + "/" + id.uuid);
  if (!build.complete()) {
    keys.push_back(activeProjectBuildsIndex(id.scope, id.project) + number + "/" + id.uuid);
  }
  if (build.phase() <= Phase::kQueued) keys.push_back(queuedBuildsIndex(id.scope) + byTime);
  return keys;
}

Error corrupt(const Resource& resource, const std::string& what) {
  return {Code::kCorrupt, "reading build " + resource.meta.key.name + " from the store: " + what};
}

}  // namespace

std::string logStreamName(const BuildId& id, std::string_view prefix) {
  return prefix.empty() ? id.uuid : std::string(prefix) + "/" + id.uuid;
}

Result<Build> toBuild(const Resource& resource) {
  if (resource.meta.key.kind != kBuildKind) return corrupt(resource, "it is not of kind build");
  auto id = BuildId::parse(resource.meta.key.scope, resource.meta.key.name);
  if (!id) return corrupt(resource, "its name is not <project>:<uuid>");
  Build build;
  build.id = *id;
  build.resourceVersion = resource.meta.resourceVersion;
  build.finalizers = resource.meta.finalizers;
  build.deletedAt = resource.meta.deletedAt;
  build.deleted = build.deletedAt.has_value();
  try {
    build.spec = readSpec(*id, resource.spec);
    auto state = parseBuildState(resource.status);
    if (!state.ok()) return corrupt(resource, state.error().message);
    build.state = std::move(*state);
  } catch (const json::exception& e) {
    return corrupt(resource, e.what());
  }
  return build;
}

Resource toResource(const Build& build) {
  Resource resource;
  resource.meta.key = build.id.key();
  resource.meta.resourceVersion = build.resourceVersion;
  if (build.deleted) resource.meta.deletedAt = build.deletedAt.value_or(build.spec.startTime);
  resource.meta.finalizers = build.finalizers;
  resource.meta.ownerRef = build.id.project;
  resource.meta.indexKeys = indexKeys(build);
  resource.spec = writeSpec(build.spec);
  resource.status = writeBuildState(build.state);
  return resource;
}

std::string buildNumberCounter(std::string_view project) {
  return "build-number/" + std::string(project);
}

std::string buildsIndex(const Scope& scope) { return scopedIndex("builds", scope); }

std::string buildsIndexOfAccount(std::string_view account) {
  return "builds/" + std::string(account) + "/";
}

std::string projectBuildsIndex(const Scope& scope, std::string_view project) {
  return scopedIndex("project-builds", scope) + std::string(project) + "/";
}

std::string activeProjectBuildsIndex(const Scope& scope, std::string_view project) {
  return scopedIndex("active-project", scope) + std::string(project) + "/";
}

std::string queuedBuildsIndex(const Scope& scope) { return scopedIndex("queued", scope); }

}  // namespace kiln::store
