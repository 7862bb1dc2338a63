#include "api/codebuild/overrides.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "api/codebuild/environment_validation.h"
#include "api/codebuild/project_defaults.h"
#include "api/codebuild/project_validation.h"
#include "api/model/json_access.h"

namespace kiln::api {
namespace {

using nlohmann::json;

struct Override {
  const char* input;
  const char* structure;  // of the settings; nullptr: the settings themselves
  const char* member;
};

// Those that replace one member. Environment variables are merged by name, below.
constexpr Override kOverrides[] = {
    {"sourceTypeOverride", "source", "type"},
    {"sourceLocationOverride", "source", "location"},
    {"sourceAuthOverride", "source", "auth"},
    {"gitCloneDepthOverride", "source", "gitCloneDepth"},
    {"gitSubmodulesConfigOverride", "source", "gitSubmodulesConfig"},
    {"buildspecOverride", "source", "buildspec"},
    {"insecureSslOverride", "source", "insecureSsl"},
    {"reportBuildStatusOverride", "source", "reportBuildStatus"},
    {"buildStatusConfigOverride", "source", "buildStatusConfig"},
    {"environmentTypeOverride", "environment", "type"},
    {"imageOverride", "environment", "image"},
    {"computeTypeOverride", "environment", "computeType"},
    {"certificateOverride", "environment", "certificate"},
    {"privilegedModeOverride", "environment", "privilegedMode"},
    {"registryCredentialOverride", "environment", "registryCredential"},
    {"imagePullCredentialsTypeOverride", "environment", "imagePullCredentialsType"},
    {"fleetOverride", "environment", "fleet"},
    {"secondarySourcesOverride", nullptr, "secondarySources"},
    {"secondarySourcesVersionOverride", nullptr, "secondarySourceVersions"},
    {"artifactsOverride", nullptr, "artifacts"},
    {"secondaryArtifactsOverride", nullptr, "secondaryArtifacts"},
    {"cacheOverride", nullptr, "cache"},
    {"serviceRoleOverride", nullptr, "serviceRole"},
    {"timeoutInMinutesOverride", nullptr, "timeoutInMinutes"},
    {"queuedTimeoutInMinutesOverride", nullptr, "queuedTimeoutInMinutes"},
    {"encryptionKeyOverride", nullptr, "encryptionKey"},
    {"logsConfigOverride", nullptr, "logsConfig"},
    {"autoRetryLimitOverride", nullptr, "autoRetryLimit"},
};

// Names that are there change their value in place, new ones follow.
void mergeVariables(json& variables, const json& overrides) {
  for (const json& override : overrides) {
    auto same = std::find_if(variables.begin(), variables.end(), [&](const json& variable) {
      return variable.at("name") == override.at("name");
    });
    if (same != variables.end()) {
      *same = override;
    } else {
      variables.push_back(override);
    }
  }
}

// Other sources make the project's versions of sources that are gone meaningless.
void dropVersionsOfGoneSources(json& settings) {
  const json& sources = listOf(settings, "secondarySources");
  json kept = json::array();
  for (const json& version : listOf(settings, "secondarySourceVersions")) {
    const std::string wanted = textOf(version, "sourceIdentifier");
    if (std::any_of(sources.begin(), sources.end(), [&](const json& source) {
          return textOf(source, "sourceIdentifier") == wanted;
        })) {
      kept.push_back(version);
    }
  }
  settings["secondarySourceVersions"] = std::move(kept);
}

}  // namespace

json overridden(json settings, const json& input, const Scope& scope) {
  for (const Override& override : kOverrides) {
    if (!input.contains(override.input)) continue;
    json& target = override.structure == nullptr ? settings : settings[override.structure];
    target[override.member] = input[override.input];
  }
  if (input.contains("secondarySourcesOverride") &&
      !input.contains("secondarySourcesVersionOverride")) {
    dropVersionsOfGoneSources(settings);
  }
  if (textOf(input, "sourceTypeOverride") == "NO_SOURCE") settings["source"].erase("location");
  if (!textOf(input, "sourceVersion").empty()) settings["sourceVersion"] = input["sourceVersion"];
  mergeVariables(settings["environment"]["environmentVariables"],
                 listOf(input, "environmentVariablesOverride"));
  setDefaults(settings, scope);
  return settings;
}

Refusal checkStart(const json& settings, const json& input, const Scope& scope) {
  if (textOf(structOf(settings, "artifacts"), "type") == "CODEPIPELINE" &&
      !input.contains("artifactsOverride")) {
    return invalidInput("ArtifactsOverride must be set when using artifacts type CodePipelines");
  }
  if (auto bad = checkVariables(listOf(input, "environmentVariablesOverride"))) return bad;
  return checkSettings(settings, scope);
}

json buildPart(const json& settings, const json& input) {
  json build = json::object();
  for (const char* name :
       {"source", "sourceVersion", "secondarySources", "secondarySourceVersions", "cache",
        "environment", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes", "vpcConfig",
        "encryptionKey", "fileSystemLocations"}) {
    if (settings.contains(name)) build[name] = settings[name];
  }
  if (input.contains("debugSessionEnabled")) {
    build["debugSession"] = {{"sessionEnabled", input["debugSessionEnabled"]}};
  }
  if (settings.contains("autoRetryLimit")) {
    build["autoRetryConfig"] = {{"autoRetryLimit", settings["autoRetryLimit"]},
                                {"autoRetryNumber", 0}};
  }
  return build;
}

json requestPart(const json& settings, std::int64_t cacheGeneration) {
  return {{"projectArtifacts", settings.at("artifacts")},
          {"secondaryProjectArtifacts", settings.at("secondaryArtifacts")},
          {"logsConfig", settings.at("logsConfig")},
          {"cacheGeneration", cacheGeneration}};
}

}  // namespace kiln::api
