#include "api/codebuild/build_view.h"

#include <nlohmann/json.hpp>
#include <string>

#include "api/model/json_access.h"
#include "api/model/timestamp.h"
#include "store/records/build_artifacts.h"
#include "store/records/build_logs.h"

namespace kiln::api {
namespace {

using nlohmann::json;

json phaseView(const PhaseRecord& record) {
  json out = {{"phaseType", name(record.phase)}, {"startTime", toTimestamp(record.start)}};
  if (!record.end || !record.status) return out;
  out["phaseStatus"] = name(*record.status);
  out["endTime"] = toTimestamp(record.end);
  out["durationInSeconds"] = std::chrono::floor<Seconds>(*record.end - record.start).count();
  if (record.context) {
    out["contexts"] = json::array(
        {{{"statusCode", record.context->statusCode}, {"message", record.context->message}}});
  }
  return out;
}

// As the console's links spell it: percent-encoded twice, with `$` for the percent sign.
std::string inDeepLink(const std::string& text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += "$25";
    out += kHex[byte >> 4];
    out += kHex[byte & 0x0F];
  }
  return out;
}

void addCloudWatch(json& logs, const Scope& scope, const std::string& group,
                   const std::string& stream) {
  logs["deepLink"] = "https://console.aws.amazon.com/cloudwatch/home?region=" + scope.region +
                     "#logsV2:log-groups/log-group/" + inDeepLink(group) + "/log-events/" +
                     inDeepLink(stream);
  logs["cloudWatchLogsArn"] = "arn:aws:logs:" + scope.region + ":" + scope.account +
                              ":log-group:" + group + ":log-stream:" + stream;
}

json logsView(const Build& build, const json& config) {
  const Scope& scope = build.id.scope;
  const store::LogPlaces places = store::logPlaces(build);
  json logs = {{"cloudWatchLogs", structOf(config, "cloudWatchLogs")},
               {"s3Logs", structOf(config, "s3Logs")}};
  const bool began = store::logsBegan(build.state.phases);
  if (!began || places.group.empty()) {
    addCloudWatch(logs, scope, "null", "null");
  } else {
    logs["groupName"] = places.group;
    logs["streamName"] = places.stream;
    addCloudWatch(logs, scope, places.group, places.stream);
  }
  if (began && !places.s3Path.empty()) {
    logs["s3LogsArn"] = "arn:aws:s3:::" + places.s3Path;
    logs["s3DeepLink"] =
        "https://s3.console.aws.amazon.com/s3/object/" + places.s3Path + "?region=" + scope.region;
  }
  return logs;
}

void addProgress(json& view, const Build& build) {
  view["currentPhase"] = name(build.phase());
  view["buildStatus"] = name(build.state.outcome);
  view["buildComplete"] = build.complete();
  if (build.complete()) view["endTime"] = toTimestamp(build.current().start);
  view["phases"] = json::array();
  for (const PhaseRecord& record : build.state.phases) view["phases"].push_back(phaseView(record));
  if (!build.state.resolvedSourceVersion.empty()) {
    view["resolvedSourceVersion"] = build.state.resolvedSourceVersion;
  }
  if (!build.state.nextAutoRetry.empty()) {
    view["autoRetryConfig"]["nextAutoRetry"] = build.state.nextAutoRetry;
  }
}

void addExportedVariables(json& view, const Build& build) {
  if (build.state.exportedVariables.empty() && !build.complete()) return;
  json list = json::array();
  for (const ExportedVariable& variable : build.state.exportedVariables) {
    list.push_back({{"name", variable.name}, {"value", variable.value}});
  }
  view["exportedEnvironmentVariables"] = std::move(list);
}

}  // namespace

json buildView(const Build& stored) {
  const Build build = asShown(stored);
  const json document = json::parse(build.spec.document);
  json view = document.at("build");
  view["id"] = build.id.name();
  view["arn"] = build.id.arn();
  for (const char* list : {"secondarySources", "secondarySourceVersions", "secondaryArtifacts"}) {
    setDefault(view, list, json::array());
  }
  store::addUploaded(view["artifacts"], build);
  for (json& artifacts : view["secondaryArtifacts"]) store::addUploaded(artifacts, build);
  addProgress(view, build);
  addExportedVariables(view, build);
  view["logs"] = logsView(build, structOf(document.at("request"), "logsConfig"));
  if (view.contains("debugSession") && store::logsBegan(build.state.phases)) {
    view["debugSession"]["sessionTarget"] = "codebuild:" + build.id.uuid;
  }
  return view;
}

}  // namespace kiln::api
