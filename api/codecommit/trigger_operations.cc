#include <nlohmann/json.hpp>
#include <set>

#include "api/codecommit/access.h"
#include "api/codecommit/families.h"
#include "api/codecommit/triggers.h"

namespace kiln::api::codecommit {
namespace {

using nlohmann::json;

constexpr std::size_t kMostTriggers = 10;
constexpr std::size_t kMostBranches = 10;
constexpr std::size_t kMostData = 1000;

std::vector<std::string> partsOf(const std::string& arn) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (auto colon = arn.find(':'); colon != std::string::npos && parts.size() < 5;
       colon = arn.find(':', begin)) {
    parts.push_back(arn.substr(begin, colon - begin));
    begin = colon + 1;
  }
  parts.push_back(arn.substr(begin));
  return parts;
}

bool isDestination(const std::string& arn) {
  const auto parts = partsOf(arn);
  return parts.size() == 6 && parts[0] == "arn" && (parts[2] == "sns" || parts[2] == "lambda") &&
         !parts[3].empty() && !parts[4].empty() && !parts[5].empty();
}

const char* nameFault(const json& trigger) {
  const std::string name = trigger.value("name", "");
  if (name.empty()) return "RepositoryTriggerNameRequiredException";
  return isRepositoryName(name) ? nullptr : "InvalidRepositoryTriggerNameException";
}

const char* eventsFault(const json& trigger) {
  const auto events = trigger.find("events");
  if (events == trigger.end() || events->empty())
    return "RepositoryTriggerEventsListRequiredException";
  static const std::set<std::string> kEvents{"all", "updateReference", "createReference",
                                             "deleteReference"};
  for (const auto& event : *events) {
    if (!event.is_string() || !kEvents.contains(event.get<std::string>()))
      return "InvalidRepositoryTriggerEventsException";
  }
  return nullptr;
}

const char* branchesFault(const json& trigger) {
  const auto branches = trigger.find("branches");
  if (branches == trigger.end()) return nullptr;
  if (branches->size() > kMostBranches) return "MaximumBranchesExceededException";
  for (const auto& branch : *branches) {
    if (!branch.is_string() || !isBranchName(branch.get<std::string>()))
      return "InvalidRepositoryTriggerBranchNameException";
  }
  return nullptr;
}

const char* triggerFault(const json& trigger) {
  if (const char* fault = nameFault(trigger)) return fault;
  const std::string arn = trigger.value("destinationArn", "");
  if (arn.empty()) return "RepositoryTriggerDestinationArnRequiredException";
  if (!isDestination(arn)) return "InvalidRepositoryTriggerDestinationArnException";
  if (const char* fault = eventsFault(trigger)) return fault;
  if (const char* fault = branchesFault(trigger)) return fault;
  if (trigger.value("customData", "").size() > kMostData)
    return "InvalidRepositoryTriggerCustomDataException";
  return nullptr;
}

Refusal checkRegion(const json& triggers, const Scope& scope) {
  for (const auto& trigger : triggers) {
    if (partsOf(trigger.at("destinationArn").get<std::string>())[3] != scope.region)
      return failure("InvalidRepositoryTriggerRegionException");
  }
  return std::nullopt;
}

Answer putTriggers(const Deps& deps, const json& input, const CallContext& context) {
  const std::string name = input.at("repositoryName").get<std::string>();
  if (auto wrong = checkRegion(input.at("triggers"), context.scope)) return *wrong;
  auto changed = deps.repositories.change(context.scope, name,
                                          [&](store::Repository& repository) -> Result<bool> {
                                            repository.triggers = input.at("triggers").dump();
                                            repository.triggersId = newUuid();
                                            return false;
                                          });
  if (!changed.ok()) return fromStore(changed.error(), name);
  return json{{"configurationId", changed->triggersId}};
}

Answer getTriggers(const Deps& deps, const json& input, const CallContext& context) {
  auto repository =
      getRepository(deps, context.scope, input.at("repositoryName").get<std::string>());
  if (!repository.ok()) return repository.error();
  json answer{{"triggers", json::parse(repository->triggers)}};
  if (!repository->triggersId.empty()) answer["configurationId"] = repository->triggersId;
  return answer;
}

// Nothing is delivered, and the answer says so for each.
Answer testTriggers(const Deps& deps, const json& input, const CallContext& context) {
  auto repository =
      getRepository(deps, context.scope, input.at("repositoryName").get<std::string>());
  if (!repository.ok()) return repository.error();
  if (auto wrong = checkRegion(input.at("triggers"), context.scope)) return *wrong;
  json failed = json::array();
  for (const auto& trigger : input.at("triggers")) {
    failed.push_back(
        {{"trigger", trigger.at("name")},
         {"failureMessage", "Kiln does not deliver to " +
                                trigger.at("destinationArn").get<std::string>() +
                                ": triggers are stored, but neither SNS nor Lambda is part of "
                                "Kiln. The repository's events go to EventBridge."}});
  }
  return json{{"successfulExecutions", json::array()}, {"failedExecutions", std::move(failed)}};
}

}  // namespace

const char* triggersFault(const json& triggers) {
  if (triggers.size() > kMostTriggers) return "MaximumRepositoryTriggersExceededException";
  std::set<std::string> names;
  for (const auto& trigger : triggers) {
    if (!trigger.is_object()) return "RepositoryTriggerNameRequiredException";
    if (const char* fault = triggerFault(trigger)) return fault;
    if (!names.insert(trigger.at("name").get<std::string>()).second)
      return "InvalidRepositoryTriggerNameException";
  }
  return nullptr;
}

void addTriggerOperations(Operations& operations, const Deps& deps) {
  const auto add = [&](const char* name, auto handler) {
    operations[name] = [deps, handler](const json& input, const CallContext& context) {
      return handler(deps, input, context);
    };
  };
  add("PutRepositoryTriggers", putTriggers);
  add("GetRepositoryTriggers", getTriggers);
  add("TestRepositoryTriggers", testTriggers);
}

}  // namespace kiln::api::codecommit
