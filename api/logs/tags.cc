#include <nlohmann/json.hpp>

#include "api/logs/families.h"
#include "api/logs/lookup.h"
#include "api/model/json_access.h"

namespace kiln::api::logs {
namespace {

using nlohmann::json;
using store::LogGroup;
using Tags = std::map<std::string, std::string>;

constexpr std::size_t kMostTags = 50;

Answer changeTags(const Deps& deps, const Scope& scope, const std::optional<std::string>& name,
                  const std::function<std::optional<ServiceError>(Tags&)>& change) {
  if (!name) return groupNotFound();
  std::optional<ServiceError> refused;
  auto done = deps.catalog.changeGroup(scope, *name, [&](LogGroup& group) -> Status {
    refused = change(group.tags);
    return refused ? Status(Error{Code::kInvalidArgument, refused->message}) : okStatus();
  });
  if (refused) return *refused;
  if (!done.ok()) return failureOf(done.error(), groupNotFound());
  return json::object();
}

Answer addTags(const Deps& deps, const json& input, const Scope& scope,
               const std::optional<std::string>& name) {
  const auto more = input.at("tags").get<Tags>();
  for (const auto& [key, value] : more) {
    if (key.starts_with("aws:"))
      return invalidParameter("Tag keys that begin with 'aws:' are reserved: " + key);
  }
  return changeTags(deps, scope, name, [&](Tags& tags) -> std::optional<ServiceError> {
    for (const auto& [key, value] : more) tags[key] = value;
    if (tags.size() <= kMostTags) return std::nullopt;
    return ServiceError{
        "TooManyTagsException",
        "A log group can have at most 50 tags; it would have " + std::to_string(tags.size()) + "."};
  });
}

Answer removeTags(const Deps& deps, const Scope& scope, const std::optional<std::string>& name,
                  const std::vector<std::string>& keys) {
  return changeTags(deps, scope, name, [&](Tags& tags) -> std::optional<ServiceError> {
    for (const auto& key : keys) tags.erase(key);
    return std::nullopt;
  });
}

Answer listTags(const Deps& deps, const Scope& scope, const std::string& nameOrArn) {
  auto group = getGroup(deps, scope, nameOrArn);
  if (!group.ok()) return group.error();
  return json{{"tags", group->tags}};
}

}  // namespace

void addTagOperations(Operations& operations, const Deps& deps) {
  operations["TagResource"] = [deps](const json& input, const CallContext& context) {
    return addTags(deps, input, context.scope,
                   groupNameIn(context.scope, textOf(input, "resourceArn")));
  };
  operations["TagLogGroup"] = [deps](const json& input, const CallContext& context) {
    return addTags(deps, input, context.scope, textOf(input, "logGroupName"));
  };
  operations["UntagResource"] = [deps](const json& input, const CallContext& context) {
    return removeTags(deps, context.scope, groupNameIn(context.scope, textOf(input, "resourceArn")),
                      textsOf(input, "tagKeys"));
  };
  operations["UntagLogGroup"] = [deps](const json& input, const CallContext& context) {
    return removeTags(deps, context.scope, textOf(input, "logGroupName"), textsOf(input, "tags"));
  };
  operations["ListTagsForResource"] = [deps](const json& input, const CallContext& context) {
    return listTags(deps, context.scope, textOf(input, "resourceArn"));
  };
  operations["ListTagsLogGroup"] = [deps](const json& input, const CallContext& context) {
    return listTags(deps, context.scope, textOf(input, "logGroupName"));
  };
}

}  // namespace kiln::api::logs
