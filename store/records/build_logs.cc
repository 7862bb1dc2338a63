#include "store/records/build_logs.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kiln::store {
namespace {

using nlohmann::json;

constexpr std::string_view kS3Arn = "arn:aws:s3:::";

std::string s3Path(const json& logs, const BuildId& id) {
  if (logs.value("status", "DISABLED") != "ENABLED") return {};
  std::string path = logs.value("location", "");
  if (path.starts_with(kS3Arn)) path.erase(0, kS3Arn.size());
  while (path.ends_with('/')) path.pop_back();
  return path + "/" + id.uuid + ".gz";
}

}  // namespace

LogPlaces logPlaces(const Build& build) {
  const json document = json::parse(build.spec.document);
  const json config = document.at("request").value("logsConfig", json::object());
  const json cloudWatch = config.value("cloudWatchLogs", json::object());
  LogPlaces places;
  if (cloudWatch.value("status", "ENABLED") == "ENABLED") {
    places.group = cloudWatch.value("groupName", "");
    if (places.group.empty()) places.group = "/aws/codebuild/" + build.id.project;
    places.stream = build.spec.logStream;
  }
  const json s3 = config.value("s3Logs", json::object());
  places.s3Path = s3Path(s3, build.id);
  places.s3EncryptionDisabled = s3.value("encryptionDisabled", false);
  places.s3OwnerAccess = s3.value("bucketOwnerAccess", "");
  return places;
}

bool logsBegan(std::span<const PhaseRecord> phases) {
  return std::any_of(phases.begin(), phases.end(), [](const PhaseRecord& record) {
    return record.phase == Phase::kProvisioning;
  });
}

}  // namespace kiln::store
