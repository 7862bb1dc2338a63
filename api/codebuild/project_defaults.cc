#include "api/codebuild/project_defaults.h"

#include <nlohmann/json.hpp>
#include <string>

#include "api/codebuild/source_validation.h"
#include "api/model/json_access.h"

namespace kiln::api {
namespace {

using nlohmann::json;

void setSourceDefaults(json& source) {
  setDefault(source, "insecureSsl", false);
  if (reportsBuildStatus(textOf(source, "type"))) setDefault(source, "reportBuildStatus", false);
}

void setArtifactDefaults(json& artifacts, const std::string& projectName) {
  const std::string type = textOf(artifacts, "type");
  if (type == "NO_ARTIFACTS") return;
  setDefault(artifacts, "name", projectName);
  if (textOf(artifacts, "name").empty()) artifacts["name"] = projectName;
  setDefault(artifacts, "packaging", "NONE");
  setDefault(artifacts, "overrideArtifactName", false);
  setDefault(artifacts, "encryptionDisabled", false);
  if (type != "S3") return;
  setDefault(artifacts, "path", "");
  setDefault(artifacts, "namespaceType", "NONE");
}

void setEnvironmentDefaults(json& environment) {
  setDefault(environment, "environmentVariables", json::array());
  setDefault(environment, "privilegedMode", false);
  setDefault(environment, "imagePullCredentialsType", "CODEBUILD");
  for (json& variable : environment["environmentVariables"]) {
    setDefault(variable, "type", "PLAINTEXT");
  }
}

void setLogDefaults(json& logs) {
  setDefault(logs, "cloudWatchLogs", {{"status", "ENABLED"}});
  setDefault(logs, "s3Logs", {{"status", "DISABLED"}});
  setDefault(logs["s3Logs"], "encryptionDisabled", false);
}

}  // namespace

void setDefaults(json& settings, const Scope& scope) {
  setDefault(settings, "description", "");
  for (const char* list :
       {"secondarySources", "secondarySourceVersions", "secondaryArtifacts", "tags"}) {
    setDefault(settings, list, json::array());
  }
  setSourceDefaults(settings["source"]);
  for (json& source : settings["secondarySources"]) setSourceDefaults(source);
  const std::string name = textOf(settings, "name");
  setArtifactDefaults(settings["artifacts"], name);
  for (json& artifacts : settings["secondaryArtifacts"]) setArtifactDefaults(artifacts, name);
  setDefault(settings, "cache", {{"type", "NO_CACHE"}});
  setEnvironmentDefaults(settings["environment"]);
  setDefault(settings, "timeoutInMinutes", 60);
  setDefault(settings, "queuedTimeoutInMinutes", 480);
  setDefault(settings, "encryptionKey",
             "arn:aws:kms:" + scope.region + ":" + scope.account + ":alias/aws/s3");
  setDefault(settings, "logsConfig", json::object());
  setLogDefaults(settings["logsConfig"]);
  setDefault(settings, "projectVisibility", "PRIVATE");
  setDefault(settings, "badge", {{"badgeEnabled", false}});
}

}  // namespace kiln::api
