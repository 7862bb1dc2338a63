#include "api/s3/bucket_checks.h"

#include <nlohmann/json.hpp>
#include <set>

#include "api/s3/attributes.h"
#include "controller/core/ids.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

constexpr std::size_t kMostTags = 50;
constexpr std::size_t kMostCorsRules = 100;
constexpr std::size_t kMostLifecycleRules = 1000;
constexpr std::size_t kLargestPolicy = 20 << 10;

bool hasAction(const json& rule) {
  for (const char* action : {"Expiration", "Transitions", "NoncurrentVersionTransitions",
                             "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"}) {
    if (rule.contains(action)) return true;
  }
  return false;
}

std::optional<S3Error> checkLifecycleRule(json& rule, std::set<std::string>& ids) {
  if (!hasAction(rule)) {
    return s3Error("InvalidRequest", "At least one action needs to be specified in a rule.");
  }
  if (!rule.contains("Prefix") && !rule.contains("Filter")) return s3Error("MalformedXML");
  if (rule.contains("Prefix") && rule.contains("Filter")) return s3Error("MalformedXML");
  if (rule.contains("Filter") && rule["Filter"].size() > 1) return s3Error("MalformedXML");
  if (!rule.contains("ID")) rule["ID"] = newUuid();
  const auto& id = rule["ID"].get_ref<const std::string&>();
  if (id.size() > 255) {
    return invalidArgument("ID length should not exceed allowed limit of 255", "ID", id);
  }
  if (!ids.insert(id).second)
    return invalidArgument("Rule ID must be unique. Found same ID for more than one rule", "ID",
                           id);
  const json expiration = rule.value("Expiration", json::object());
  if (expiration.contains("Days") && expiration["Days"].get<std::int64_t>() < 1) {
    return invalidArgument("'Days' for Expiration action must be a positive integer", "Days",
                           expiration["Days"].dump());
  }
  return std::nullopt;
}

bool isEverybody(const json& principal) {
  if (principal == "*") return true;
  if (principal.is_array()) return std::any_of(principal.begin(), principal.end(), isEverybody);
  return principal.is_object() && principal.contains("AWS") && isEverybody(principal["AWS"]);
}

json statementsOf(const json& policy) {
  const json statements = policy.value("Statement", json::array());
  return statements.is_array() ? statements : json::array({statements});
}

std::optional<S3Error> checkStatement(const json& statement, const std::string& bucket) {
  const auto has = [&](const char* name) {
    return statement.contains(name) || statement.contains("Not" + std::string(name));
  };
  if (!statement.is_object()) return s3Error("MalformedPolicy", "Policy has invalid statement");
  const auto effect = statement.find("Effect");
  if (effect == statement.end()) return s3Error("MalformedPolicy", "Missing required field Effect");
  if (*effect != "Allow" && *effect != "Deny")
    return s3Error("MalformedPolicy", "Invalid effect: " + effect->dump());
  for (const char* field : {"Principal", "Action", "Resource"}) {
    if (!has(field))
      return s3Error("MalformedPolicy", std::string("Missing required field ") + field);
  }
  const json resource = statement.value("Resource", json::array());
  const std::string own = "arn:aws:s3:::" + bucket;
  for (const auto& one : resource.is_array() ? resource : json::array({resource})) {
    if (!one.is_string()) return s3Error("MalformedPolicy", "Policy has invalid resource");
    const auto& arn = one.get_ref<const std::string&>();
    const std::string rest = arn.starts_with(own) ? arn.substr(own.size()) : "x";
    const bool wild = arn == "*" || arn.find_first_of("*?$") < own.size();
    if (!wild && !rest.empty() && rest.front() != '/' && rest.front() != '*')
      return s3Error("MalformedPolicy", "Policy has invalid resource");
  }
  return std::nullopt;
}

}  // namespace

std::optional<S3Error> checkBucketTags(json& tagging) {
  const auto tags = tagsOfBody(tagging, kMostTags);
  return tags.ok() ? std::nullopt : std::optional(tags.error());
}

std::optional<S3Error> checkCors(json& cors) {
  const json rules = cors.value("CORSRules", json::array());
  if (rules.empty()) return s3Error("MalformedXML");
  if (rules.size() > kMostCorsRules) {
    return s3Error("InvalidRequest",
                   "The number of CORS rules should not exceed allowed limit of 100 rules.");
  }
  static const std::set<std::string> kMethods{"GET", "PUT", "POST", "DELETE", "HEAD"};
  for (const auto& rule : rules) {
    for (const auto& method : rule.at("AllowedMethods")) {
      if (!kMethods.contains(method.get<std::string>())) {
        return s3Error("InvalidRequest",
                       "Found unsupported HTTP method in CORS config. Unsupported method is " +
                           method.get<std::string>());
      }
    }
    for (const char* list : {"AllowedOrigins", "AllowedHeaders"}) {
      for (const auto& pattern : rule.value(list, json::array())) {
        const auto& text = pattern.get_ref<const std::string&>();
        if (std::count(text.begin(), text.end(), '*') > 1) {
          const std::string what =
              list == std::string_view("AllowedOrigins") ? "AllowedOrigin" : "AllowedHeader";
          return s3Error("InvalidRequest",
                         what + " \"" + text + "\" can not have more than one wildcard.");
        }
      }
    }
  }
  return std::nullopt;
}

std::optional<S3Error> checkLifecycle(json& lifecycle) {
  json& rules = lifecycle["Rules"];
  if (!rules.is_array() || rules.empty()) return s3Error("MalformedXML");
  if (rules.size() > kMostLifecycleRules) {
    return s3Error("InvalidRequest",
                   "The number of lifecycle rules must not exceed the allowed limit of 1000 rules");
  }
  std::set<std::string> ids;
  for (auto& rule : rules) {
    if (auto wrong = checkLifecycleRule(rule, ids)) return wrong;
  }
  return std::nullopt;
}

std::optional<S3Error> checkNotification(json& notification) {
  for (const char* list :
       {"TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations"}) {
    const auto at = notification.find(list);
    if (at == notification.end()) continue;
    for (auto& one : *at) {
      if (!one.contains("Id")) one["Id"] = newUuid();
      if (one.value("Events", json::array()).empty()) return s3Error("MalformedXML");
    }
  }
  return std::nullopt;
}

std::optional<S3Error> completePublicAccess(json& block) {
  for (const char* flag :
       {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}) {
    if (!block.contains(flag)) block[flag] = false;
  }
  return std::nullopt;
}

std::optional<S3Error> checkWebsite(json& website) {
  if (!website.contains("IndexDocument") && !website.contains("RedirectAllRequestsTo")) {
    return invalidArgument(
        "A value for IndexDocument Suffix must be provided if "
        "RedirectAllRequestsTo is empty",
        "IndexDocument", "null");
  }
  if (website.contains("RedirectAllRequestsTo") && website.size() > 1) {
    return s3Error("InvalidRequest",
                   "RedirectAllRequestsTo cannot be provided in conjunction with other Routing "
                   "Rules.");
  }
  return std::nullopt;
}

std::optional<S3Error> checkPolicy(const std::string& policy, const std::string& bucket) {
  if (policy.size() > kLargestPolicy) {
    return s3Error("PolicyTooLarge").with("PolicySize", std::to_string(policy.size()));
  }
  const json parsed = json::parse(policy, nullptr, false);
  if (!policy.starts_with('{') || !parsed.is_object()) return s3Error("MalformedPolicy");
  if (!parsed.contains("Statement"))
    return s3Error("MalformedPolicy", "Missing required field Statement");
  if (statementsOf(parsed).empty())
    return s3Error("MalformedPolicy", "Could not parse the policy: Statement is empty!");
  for (const auto& statement : statementsOf(parsed)) {
    if (auto wrong = checkStatement(statement, bucket)) return wrong;
  }
  return std::nullopt;
}

bool isPublicPolicy(const std::string& policy) {
  const json statements = statementsOf(json::parse(policy));
  return std::any_of(statements.begin(), statements.end(), [](const json& statement) {
    return statement.value("Effect", "") == "Allow" && !statement.contains("Condition") &&
           isEverybody(statement.value("Principal", json()));
  });
}

}  // namespace kiln::api::s3
