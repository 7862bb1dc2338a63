#include "api/codebuild/project_validation.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "api/codebuild/environment_validation.h"
#include "api/codebuild/source_validation.h"
#include "api/model/json_access.h"

namespace kiln::api {
namespace {

using nlohmann::json;

// `arn:aws[-…]:iam::<12 digits>:role/<path and name>`, of the caller's account.
Refusal checkServiceRole(std::string_view role, const Scope& scope) {
  const auto partition = role.find(":iam::");
  constexpr std::size_t kAccountSize = 12;
  if (!role.starts_with("arn:aws") || partition == std::string_view::npos) {
    return invalidInput("Invalid service role");
  }
  const std::string_view rest = role.substr(partition + 6);
  const std::string_view account = rest.substr(0, kAccountSize);
  const bool digits = account.size() == kAccountSize &&
                      account.find_first_not_of("0123456789") == std::string_view::npos;
  constexpr std::string_view kRole = ":role/";
  if (!digits || !rest.substr(kAccountSize).starts_with(kRole) ||
      rest.size() == kAccountSize + kRole.size()) {
    return invalidInput("Invalid service role");
  }
  if (account != scope.account) {
    return invalidInput(
        "Invalid service role: Service role account ID does not match caller's account");
  }
  return std::nullopt;
}

Refusal checkCache(const json& cache) {
  const std::string type = textOf(cache, "type");
  if (type == "S3" && textOf(cache, "location").empty()) {
    return invalidInput("Invalid cache: location is required for cache type S3");
  }
  if (type == "LOCAL" && listOf(cache, "modes").empty()) {
    return invalidInput("Invalid cache: modes are required for cache type LOCAL");
  }
  return std::nullopt;
}

// As CloudWatch Logs have them; the stream's name is a prefix of what it will be.
Refusal checkLogNames(const json& cloudWatch) {
  constexpr std::size_t kLongest = 512, kUuidAndSlash = 37;
  const std::string group = textOf(cloudWatch, "groupName"),
                    stream = textOf(cloudWatch, "streamName");
  constexpr const char* kOfGroups =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/#";
  if (group.size() > kLongest || group.find_first_not_of(kOfGroups) != std::string::npos) {
    return invalidInput("Invalid logsConfig: cloudWatchLogs groupName " + group +
                        " may have letters, digits and _.-/#, 512 at most");
  }
  if (stream.size() > kLongest - kUuidAndSlash || stream.find_first_of(":*") != std::string::npos) {
    return invalidInput("Invalid logsConfig: cloudWatchLogs streamName " + stream +
                        " may have neither : nor *, and 475 characters at most");
  }
  return std::nullopt;
}

Refusal checkLogs(const json& logs) {
  if (auto bad = checkLogNames(structOf(logs, "cloudWatchLogs"))) return bad;
  const json& s3 = structOf(logs, "s3Logs");
  if (textOf(s3, "status") == "ENABLED" && textOf(s3, "location").empty()) {
    return invalidInput(
        "Invalid logsConfig: s3Logs location is required when its status is ENABLED");
  }
  if (textOf(s3, "status") == "ENABLED" && !namesBucket(textOf(s3, "location"))) {
    return invalidInput(
        "Invalid logsConfig: s3Logs location " + textOf(s3, "location") +
        " must be the name of a bucket, and what goes before the logs' names behind a /");
  }
  return std::nullopt;
}

Refusal checkVpc(const json& vpc) {
  if (vpc.empty()) return std::nullopt;
  if (textOf(vpc, "vpcId").empty() || listOf(vpc, "subnets").empty() ||
      listOf(vpc, "securityGroupIds").empty()) {
    return invalidInput("Invalid vpc config: vpcId, subnets and securityGroupIds are required");
  }
  return std::nullopt;
}

Refusal checkFileSystems(const json& locations) {
  std::set<std::string> identifiers;
  for (const json& location : locations) {
    for (const char* member : {"location", "mountPoint", "identifier"}) {
      if (textOf(location, member).empty()) {
        return invalidInput("Invalid file system location: " + std::string(member) +
                            " is required");
      }
    }
    if (!identifiers.insert(textOf(location, "identifier")).second) {
      return invalidInput("Invalid file system location: identifier " +
                          textOf(location, "identifier") + " is not unique");
    }
  }
  return std::nullopt;
}

Refusal checkTags(const json& tags) {
  std::set<std::string> keys;
  for (const json& tag : tags) {
    const std::string key = textOf(tag, "key");
    if (key.empty()) return invalidInput("Invalid tags: every tag needs a key");
    if (key.starts_with("aws:")) return invalidInput("Invalid tags: the prefix aws: is reserved");
    if (!keys.insert(key).second) return invalidInput("Invalid tags: duplicate key " + key);
  }
  return std::nullopt;
}

Refusal checkBadge(const json& project) {
  if (!flagOf(structOf(project, "badge"), "badgeEnabled")) return std::nullopt;
  const std::string type = textOf(structOf(project, "source"), "type");
  if (type != "S3" && type != "CODEPIPELINE") return std::nullopt;
  return invalidInput("Invalid input: build badges are not supported for source type " + type);
}

Refusal checkConcurrency(const json& project, const Limits& limits) {
  if (!project.contains("concurrentBuildLimit")) return std::nullopt;
  const auto limit = project["concurrentBuildLimit"].get<std::int64_t>();
  if (limit < 1) return invalidInput("Invalid concurrentBuildLimit: it must be at least 1");
  if (limits.concurrentBuilds > 0 && limit > limits.concurrentBuilds) {
    return invalidInput(
        "Project-level concurrent build limit cannot exceed the account-level concurrent build "
        "limit of " +
        std::to_string(limits.concurrentBuilds) + ".");
  }
  return std::nullopt;
}

}  // namespace

Refusal checkSettings(const json& settings, const Scope& scope) {
  if (auto bad = checkServiceRole(textOf(settings, "serviceRole"), scope)) return bad;
  if (auto bad = checkPipelinePair(settings)) return bad;
  if (auto bad = checkSources(settings)) return bad;
  if (auto bad = checkArtifacts(settings)) return bad;
  if (auto bad = checkEnvironment(settings)) return bad;
  if (auto bad = checkCache(structOf(settings, "cache"))) return bad;
  if (auto bad = checkLogs(structOf(settings, "logsConfig"))) return bad;
  if (settings.value("autoRetryLimit", std::int64_t{0}) < 0) {
    return invalidInput("Invalid autoRetryLimit: it must not be negative");
  }
  return std::nullopt;
}

Refusal checkProject(const json& project, const Scope& scope, const Limits& limits) {
  if (auto bad = checkSettings(project, scope)) return bad;
  if (auto bad = checkVpc(structOf(project, "vpcConfig"))) return bad;
  if (auto bad = checkFileSystems(listOf(project, "fileSystemLocations"))) return bad;
  if (auto bad = checkTags(listOf(project, "tags"))) return bad;
  if (auto bad = checkBadge(project)) return bad;
  return checkConcurrency(project, limits);
}

}  // namespace kiln::api
