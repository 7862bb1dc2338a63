#include <nlohmann/json.hpp>

#include "api/logs/families.h"
#include "api/logs/lookup.h"
#include "api/model/json_access.h"
#include "api/model/page_token.h"

namespace kiln::api::logs {
namespace {

using nlohmann::json;
using store::LogGroup;

constexpr std::size_t kScanned = 500;  // names looked at at once

Found<json> viewOf(const Deps& deps, const LogGroup& group) {
  auto bytes = deps.catalog.storedBytes(group);
  if (!bytes.ok()) return fromError(bytes.error());
  json view{
      {"logGroupName", group.name},      {"creationTime", group.creationTime},
      {"metricFilterCount", 0},          {"arn", group.arn() + ":*"},
      {"logGroupArn", group.arn()},      {"storedBytes", *bytes},
      {"logGroupClass", group.logClass}, {"deletionProtectionEnabled", group.deletionProtected}};
  if (group.retentionInDays) view["retentionInDays"] = *group.retentionInDays;
  if (!group.kmsKeyId.empty()) view["kmsKeyId"] = group.kmsKeyId;
  return view;
}

struct Wanted {
  std::string prefix;
  std::string pattern;
  std::string logClass;
};

// Goes through the names from `cursor` on until a page is full; what is left then begins after the page's last name.
Answer page(const Deps& deps, const Scope& scope, const Wanted& wanted, std::string cursor,
            std::size_t limit, const std::string& list) {
  json groups = json::array();
  std::string last;
  do {
    auto names = deps.catalog.listGroups(scope, wanted.prefix, cursor, kScanned);
    if (!names.ok()) return fromError(names.error());
    for (const auto& name : names->names) {
      if (name.find(wanted.pattern) == name.npos) continue;
      auto group = deps.catalog.findGroup(scope, name);
      if (!group.ok()) return fromError(group.error());
      if (!*group || (!wanted.logClass.empty() && (*group)->logClass != wanted.logClass)) continue;
      if (groups.size() == limit) {
        return json{{"logGroups", groups},
                    {"nextToken", toPageToken(list, store::logGroupsIndex(scope) + last)}};
      }
      auto view = viewOf(deps, **group);
      if (!view.ok()) return view.error();
      groups.push_back(std::move(*view));
      last = name;
    }
    cursor = std::move(names->next);
  } while (!cursor.empty());
  return json{{"logGroups", std::move(groups)}};
}

Answer byIdentifiers(const Deps& deps, const json& input, const Scope& scope) {
  json groups = json::array();
  for (const auto& identifier : textsOf(input, "logGroupIdentifiers")) {
    auto group = getGroup(deps, scope, identifier);
    if (!group.ok() && group.error().shape == groupNotFound().shape) continue;
    if (!group.ok()) return group.error();
    auto view = viewOf(deps, *group);
    if (!view.ok()) return view.error();
    groups.push_back(std::move(*view));
  }
  return json{{"logGroups", std::move(groups)}};
}

Answer describeGroups(const Deps& deps, const json& input, const Scope& scope) {
  const Wanted wanted{textOf(input, "logGroupNamePrefix"), textOf(input, "logGroupNamePattern"),
                      textOf(input, "logGroupClass")};
  if (!wanted.prefix.empty() && !wanted.pattern.empty()) {
    return invalidParameter(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  if (input.contains("logGroupIdentifiers")) {
    if (!wanted.prefix.empty() || !wanted.pattern.empty()) {
      return invalidParameter(
          "LogGroup identifiers and LogGroup name prefix or pattern are mutually exclusive "
          "parameters.");
    }
    return byIdentifiers(deps, input, scope);
  }
  const std::string list = "DescribeLogGroups/" + scope.account + "/" + scope.region + "/" +
                           wanted.prefix + ":" + wanted.pattern + ":" + wanted.logClass;
  std::string cursor;
  if (input.contains("nextToken")) {
    auto parsed = fromPageToken(list, textOf(input, "nextToken"));
    if (!parsed) return invalidToken();
    cursor = std::move(*parsed);
  }
  const auto limit = static_cast<std::size_t>(numberOf(input, "limit").value_or(50));
  return page(deps, scope, wanted, std::move(cursor), limit, list);
}

}  // namespace

void addGroupQueryOperations(Operations& operations, const Deps& deps) {
  operations["DescribeLogGroups"] = [deps](const json& input, const CallContext& context) {
    return describeGroups(deps, input, context.scope);
  };
}

}  // namespace kiln::api::logs
