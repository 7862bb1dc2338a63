#include "api/s3/post_policy.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "api/model/base64.h"
#include "api/model/timestamp.h"
#include "controller/core/text.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

S3Error refused(const std::string& why) {
  return s3Error("AccessDenied", "Invalid according to Policy: " + why);
}

S3Error malformed(const std::string& why) {
  return s3Error("InvalidPolicyDocument", "Invalid Policy: " + why);
}

struct Condition {
  std::string operation;  // eq, starts-with
  std::string field;
  std::string value;
};

class Checker {
 public:
  Checker(const FormFields& fields, const std::string& bucket) : fields_(fields), bucket_(bucket) {}

  std::optional<S3Error> visit(const json& condition) {
    if (condition.is_object()) {
      for (const auto& [field, value] : condition.items()) {
        if (!value.is_string())
          return malformed("Invalid Simple-Condition: value must be a string.");
        if (auto wrong = check({"eq", lowered(field), value.get<std::string>()})) return wrong;
      }
      return std::nullopt;
    }
    if (!condition.is_array() || condition.size() != 3 || !condition[0].is_string())
      return malformed("Invalid Condition");
    const std::string operation = lowered(condition[0].get<std::string>());
    if (operation == "content-length-range") return takeRange(condition);
    if (!condition[1].is_string() || !condition[2].is_string())
      return malformed("Invalid Condition");
    std::string field = lowered(condition[1].get<std::string>());
    if (!field.starts_with('$') || (operation != "eq" && operation != "starts-with"))
      return malformed("Invalid Condition");
    return check({operation, field.substr(1), condition[2].get<std::string>()});
  }

  // Every field of the form must have been named by a condition.
  std::optional<S3Error> checkExtra() const {
    static constexpr std::array<std::string_view, 6> kFree{
        "policy", "signature", "awsaccesskeyid", "x-amz-signature", "file", "submit"};
    for (const auto& [name, value] : fields_) {
      const bool free = std::find(kFree.begin(), kFree.end(), name) != kFree.end() ||
                        name.starts_with("x-ignore-");
      if (!free && !seen_.contains(name)) return refused("Extra input fields: " + name);
    }
    return std::nullopt;
  }

  const SizeRange& range() const { return range_; }

 private:
  std::optional<S3Error> takeRange(const json& condition) {
    if (!condition[1].is_number_unsigned() || !condition[2].is_number_unsigned())
      return malformed("Invalid content-length-range");
    range_ = {condition[1].get<std::uint64_t>(), condition[2].get<std::uint64_t>()};
    return std::nullopt;
  }

  std::optional<S3Error> check(const Condition& condition) {
    seen_.insert(condition.field);
    const auto at = fields_.find(condition.field);
    const std::string value = condition.field == "bucket" ? bucket_
                              : at == fields_.end()       ? ""
                                                          : at->second;
    const bool met =
        condition.operation == "eq" ? value == condition.value : value.starts_with(condition.value);
    if (met) return std::nullopt;
    return refused("Policy Condition failed: " +
                   json::array({condition.operation, "$" + condition.field, condition.value})
                       .dump(-1, ' ', false, json::error_handler_t::replace));
  }

  const FormFields& fields_;
  const std::string& bucket_;
  std::set<std::string, std::less<>> seen_;
  SizeRange range_;
};

}  // namespace

S3Result<SizeRange> checkPostPolicy(const std::string& policy, const FormFields& fields,
                                    const std::string& bucket, TimePoint now) {
  const auto text = fromBase64(policy);
  const json document = json::parse(text.value_or(""), nullptr, false);
  if (!document.is_object() || !document.value("conditions", json()).is_array())
    return malformed("Invalid JSON.");
  const json expiration = document.value("expiration", json());
  const auto until =
      expiration.is_string() ? fromIso8601(expiration.get<std::string>()) : std::nullopt;
  if (!until) return malformed("Invalid 'expiration' value");
  if (now > *until) return refused("Policy expired.");
  Checker checker(fields, bucket);
  for (const auto& condition : document["conditions"]) {
    if (auto wrong = checker.visit(condition)) return *wrong;
  }
  if (auto wrong = checker.checkExtra()) return *wrong;
  return checker.range();
}

}  // namespace kiln::api::s3
