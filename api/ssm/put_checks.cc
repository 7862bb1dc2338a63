#include "api/ssm/put_checks.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/pattern.h"

namespace kiln::api::ssm {
namespace {

using nlohmann::json;

constexpr std::size_t kStandardSize = 4096;
constexpr std::size_t kAdvancedSize = 8192;
constexpr std::size_t kMostPolicies = 10;
constexpr std::size_t kMostTags = 50;

struct PolicyType {
  const char* name;
  std::array<const char*, 2> attributes;
};
constexpr std::array kPolicyTypes{
    PolicyType{"Expiration", {"Timestamp", nullptr}},
    PolicyType{"ExpirationNotification", {"Before", "Unit"}},
    PolicyType{"NoChangeNotification", {"After", "Unit"}},
};

Refusal checkPolicy(const json& policy) {
  if (!policy.is_object() || !policy.contains("Type") || !policy["Type"].is_string())
    return ServiceError{"InvalidPolicyTypeException", "A policy needs a Type"};
  const std::string type = textOf(policy, "Type");
  const auto* known = std::find_if(kPolicyTypes.begin(), kPolicyTypes.end(),
                                   [&](const PolicyType& one) { return type == one.name; });
  if (known == kPolicyTypes.end()) {
    return ServiceError{"InvalidPolicyTypeException",
                        "The policy type " + type +
                            " isn't supported. Parameter Store supports Expiration, "
                            "ExpirationNotification and NoChangeNotification."};
  }
  const json attributes = policy.value("Attributes", json::object());
  for (const char* name : known->attributes) {
    if (name == nullptr) continue;
    if (attributes.is_object() && attributes.contains(name) && attributes[name].is_string())
      continue;
    return ServiceError{"InvalidPolicyAttributeException",
                        "The policy " + type + " needs the attribute " + name};
  }
  return std::nullopt;
}

Refusal checkPolicies(const std::string& text) {
  const json policies = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!policies.is_array()) return invalid("Policies must be a JSON array of policies");
  if (policies.size() > kMostPolicies) {
    return ServiceError{"PoliciesLimitExceededException",
                        "You specified more than the maximum number of allowed policies for the "
                        "parameter. The maximum is 10."};
  }
  for (const json& policy : policies) {
    if (auto bad = checkPolicy(policy)) return bad;
  }
  return std::nullopt;
}

Refusal checkDataType(const json& input) {
  const std::string type = textOf(input, "DataType");
  if (type.empty() || type == "text" || type == "aws:ec2:image" || type == "aws:ssm:integration")
    return std::nullopt;
  return invalid("The following data type is not supported: " + type +
                 " (Data type names are all lowercase.)");
}

}  // namespace

Refusal checkPut(const json& input) {
  if (auto bad = checkName(textOf(input, "Name"))) return bad;
  if (textOf(input, "Value").empty()) {
    return invalid(
        "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must "
        "have length greater than or equal to 1.");
  }
  if (auto bad = checkDataType(input)) return bad;
  if (flagOf(input, "Overwrite") && !listOf(input, "Tags").empty()) {
    return invalid(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with "
        "tags, please remove overwrite flag. To update tags for an existing parameter, please use "
        "AddTagsToResource or RemoveTagsFromResource.");
  }
  if (listOf(input, "Tags").size() > kMostTags)
    return invalid("A parameter can have a maximum of 50 tags.");
  for (const json& tag : listOf(input, "Tags")) {
    if (textOf(tag, "Key").starts_with("aws:"))
      return invalid("Tag keys starting with 'aws:' are reserved for system use: " +
                     textOf(tag, "Key"));
  }
  if (input.contains("Policies")) return checkPolicies(textOf(input, "Policies"));
  return std::nullopt;
}

Refusal checkValue(const Version& version, const std::string& plain) {
  if (version.dataType == "aws:ec2:image") {
    static const Pattern kImage("ami-[0-9a-f]{8}([0-9a-f]{9})?");
    if (!kImage.matches(plain))
      return invalid("The parameter value isn't valid for the data type aws:ec2:image");
  }
  if (version.allowedPattern.empty()) return std::nullopt;
  if (!Pattern::compiles(version.allowedPattern)) {
    return ServiceError{
        "InvalidAllowedPatternException",
        "The request does not meet the regular expression requirement: " + version.allowedPattern};
  }
  if (Pattern(version.allowedPattern).matches(plain)) return std::nullopt;
  return ServiceError{
      "ParameterPatternMismatchException",
      "Parameter value, cannot be validated against allowedPattern: " + version.allowedPattern};
}

Found<std::string> tierOf(const std::string& asked, const std::string& before,
                          const std::string& plain, bool policies) {
  const bool advanced =
      asked == "Advanced" || before == "Advanced" ||
      (asked == "Intelligent-Tiering" && (plain.size() > kStandardSize || policies));
  if (asked == "Standard" && before == "Advanced") {
    return invalid(
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
        "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the "
        "advanced parameter and recreate it as a standard parameter. Be aware that standard "
        "parameters have a value limit of 4096 characters.");
  }
  if (!advanced && plain.size() > kStandardSize) {
    return invalid(
        "Standard tier parameters support a maximum parameter value of 4096 characters. To create "
        "a "
        "larger parameter value, upgrade the parameter to use the advanced-parameter tier. For "
        "more "
        "information, see "
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
        "parameter-store-advanced-parameters.html");
  }
  if (plain.size() > kAdvancedSize)
    return invalid(
        "Advanced tier parameters support a maximum parameter value of 8192 characters.");
  if (!advanced && policies) {
    return invalid(
        "Standard tier parameters don't support parameter policies. To use them, upgrade the "
        "parameter to use the advanced-parameter tier.");
  }
  return std::string(advanced ? "Advanced" : "Standard");
}

json shownPolicies(const std::string& policies) {
  json shown = json::array();
  if (policies.empty()) return shown;
  for (const json& policy : json::parse(policies)) {
    shown.push_back({{"PolicyText", policy.dump()},
                     {"PolicyType", policy.at("Type")},
                     {"PolicyStatus", "Pending"}});
  }
  return shown;
}

}  // namespace kiln::api::ssm
