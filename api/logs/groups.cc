#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/logs/families.h"
#include "api/logs/lookup.h"
#include "api/model/json_access.h"

namespace kiln::api::logs {
namespace {

using nlohmann::json;
using store::LogGroup;

constexpr int kRetentions[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                               365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

bool isReserved(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.starts_with("aws/");
}

Answer createGroup(const Deps& deps, const json& input, const Scope& scope) {
  LogGroup group;
  group.scope = scope;
  group.name = input.at("logGroupName").get<std::string>();
  if (isReserved(group.name))
    return invalidParameter("Log groups starting with AWS/ are reserved for AWS.");
  if (input.contains("logGroupClass")) group.logClass = textOf(input, "logGroupClass");
  group.kmsKeyId = textOf(input, "kmsKeyId");
  group.deletionProtected = flagOf(input, "deletionProtectionEnabled");
  if (auto tags = input.find("tags"); tags != input.end()) tags->get_to(group.tags);
  if (auto made = deps.catalog.createGroup(std::move(group)); !made.ok())
    return failureOf(made.error(), groupExists());
  return json::object();
}

Answer deleteGroup(const Deps& deps, const json& input, const Scope& scope) {
  auto done = deps.catalog.removeGroup(scope, textOf(input, "logGroupName"));
  if (!done.ok() && done.error().code == Code::kFailedPrecondition) {
    return ServiceError{"ValidationException",
                        "The log group has deletion protection enabled and cannot be deleted."};
  }
  if (!done.ok()) return failureOf(done.error(), groupNotFound());
  return json::object();
}

Answer change(const Deps& deps, const Scope& scope, const std::string& nameOrArn,
              const std::function<void(LogGroup&)>& change) {
  const auto name = groupNameIn(scope, nameOrArn);
  if (!name) return groupNotFound();
  auto done = deps.catalog.changeGroup(scope, *name, [&](LogGroup& group) {
    change(group);
    return okStatus();
  });
  if (!done.ok()) return failureOf(done.error(), groupNotFound());
  return json::object();
}

Answer putRetention(const Deps& deps, const json& input, const Scope& scope) {
  const int days = input.at("retentionInDays").get<int>();
  if (std::find(std::begin(kRetentions), std::end(kRetentions), days) == std::end(kRetentions)) {
    std::string allowed;
    for (const int each : kRetentions)
      allowed += (allowed.empty() ? "" : ", ") + std::to_string(each);
    return invalidParameter("1 validation error detected: Value '" + std::to_string(days) +
                            "' at 'retentionInDays' failed to satisfy constraint: Member must "
                            "satisfy enum value set: [" +
                            allowed + "]");
  }
  return change(deps, scope, textOf(input, "logGroupName"),
                [&](LogGroup& group) { group.retentionInDays = days; });
}

Answer setKey(const Deps& deps, const json& input, const Scope& scope, const std::string& key) {
  const bool byName = input.contains("logGroupName");
  if (byName == input.contains("resourceIdentifier"))
    return invalidParameter(
        "Exactly one of logGroupName and resourceIdentifier must be specified.");
  return change(deps, scope, textOf(input, byName ? "logGroupName" : "resourceIdentifier"),
                [&](LogGroup& group) { group.kmsKeyId = key; });
}

}  // namespace

void addGroupOperations(Operations& operations, const Deps& deps) {
  operations["CreateLogGroup"] = [deps](const json& input, const CallContext& context) {
    return createGroup(deps, input, context.scope);
  };
  operations["DeleteLogGroup"] = [deps](const json& input, const CallContext& context) {
    return deleteGroup(deps, input, context.scope);
  };
  operations["PutRetentionPolicy"] = [deps](const json& input, const CallContext& context) {
    return putRetention(deps, input, context.scope);
  };
  operations["DeleteRetentionPolicy"] = [deps](const json& input, const CallContext& context) {
    return change(deps, context.scope, textOf(input, "logGroupName"),
                  [](LogGroup& group) { group.retentionInDays.reset(); });
  };
  operations["PutLogGroupDeletionProtection"] = [deps](const json& input,
                                                       const CallContext& context) {
    const bool enabled = input.at("deletionProtectionEnabled").get<bool>();
    return change(deps, context.scope, textOf(input, "logGroupIdentifier"),
                  [&](LogGroup& group) { group.deletionProtected = enabled; });
  };
  operations["AssociateKmsKey"] = [deps](const json& input, const CallContext& context) {
    return setKey(deps, input, context.scope, textOf(input, "kmsKeyId"));
  };
  operations["DisassociateKmsKey"] = [deps](const json& input, const CallContext& context) {
    return setKey(deps, input, context.scope, "");
  };
}

}  // namespace kiln::api::logs
