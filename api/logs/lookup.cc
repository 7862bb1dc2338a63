#include "api/logs/lookup.h"
#include "api/model/json_access.h"

#include <nlohmann/json.hpp>

namespace kiln::api::logs {

using nlohmann::json;

std::optional<std::int64_t> numberOf(const json& input, const char* name) {
  const auto at = input.find(name);
  if (at == input.end()) return std::nullopt;
  return at->get<std::int64_t>();
}

std::vector<std::string> textsOf(const json& input, const char* name) {
  const auto at = input.find(name);
  return at == input.end() ? std::vector<std::string>() : at->get<std::vector<std::string>>();
}

std::optional<std::string> groupNameIn(const Scope& scope, const std::string& nameOrArn) {
  if (!nameOrArn.starts_with("arn:")) return nameOrArn;
  const auto prefix = "arn:aws:logs:" + scope.region + ":" + scope.account + ":log-group:";
  if (!nameOrArn.starts_with(prefix)) return std::nullopt;
  auto name = nameOrArn.substr(prefix.size());
  if (name.ends_with(":*")) name.resize(name.size() - 2);
  if (name.empty() || name.find(':') != name.npos) return std::nullopt;
  return name;
}

Found<store::LogGroup> getGroup(const Deps& deps, const Scope& scope,
                                const std::string& nameOrArn) {
  const auto name = groupNameIn(scope, nameOrArn);
  if (!name) return groupNotFound();
  auto group = deps.catalog.findGroup(scope, *name);
  if (!group.ok()) return fromError(group.error());
  if (!*group) return groupNotFound();
  return std::move(**group);
}

Found<store::LogGroup> groupOf(const Deps& deps, const Scope& scope, const json& input) {
  const bool byName = input.contains("logGroupName");
  const bool byIdentifier = input.contains("logGroupIdentifier");
  if (byName && byIdentifier)
    return invalidParameter(
        "LogGroup name and LogGroup identifier are mutually exclusive parameters.");
  if (!byName && !byIdentifier)
    return invalidParameter("Either logGroupName or logGroupIdentifier must be specified.");
  return getGroup(deps, scope, textOf(input, byName ? "logGroupName" : "logGroupIdentifier"));
}

Found<store::LogStream> getStream(const Deps& deps, const store::LogGroup& group,
                                  const std::string& name) {
  auto stream = deps.catalog.findStream(group, name);
  if (!stream.ok()) return fromError(stream.error());
  if (!*stream) return streamNotFound();
  return std::move(**stream);
}

}  // namespace kiln::api::logs
