#include "api/ssm/values.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "api/model/base64.h"
#include "api/model/timestamp.h"
#include "api/ssm/put_checks.h"

namespace kiln::api::ssm {
namespace {

using nlohmann::json;

json orAbsent(const std::string& text) { return text.empty() ? json() : json(text); }

// What metadata and history have in common.
json shownVersion(const Parameter& parameter, const Version& version) {
  return {{"Name", parameter.name},
          {"Type", version.type},
          {"KeyId", orAbsent(version.keyId)},
          {"LastModifiedDate", toTimestamp(version.modified)},
          {"LastModifiedUser", version.user},
          {"Description", orAbsent(version.description)},
          {"AllowedPattern", orAbsent(version.allowedPattern)},
          {"Version", version.number},
          {"Tier", version.tier},
          {"Policies", shownPolicies(version.policies)},
          {"DataType", version.dataType}};
}

}  // namespace

ServiceError vaultFailed(const Error& error) {
  spdlog::error("event=vault_failure code={} message=\"{}\"", name(error.code), error.message);
  return {"InternalServerError", error.message, 500};
}

Found<std::string> Values::value(const Parameter& parameter, const Version& version) {
  if (!version.secure() || !decrypt_) return version.value;
  if (sealer_ == nullptr) {
    auto held = vault_.forOpening();
    if (!held.ok()) return vaultFailed(held.error());
    sealer_ = std::move(*held);
  }
  auto plain = sealer_->open(sealedFor(parameter, version.number),
                             fromBase64(version.value).value_or(std::string()));
  if (plain.ok()) return std::move(*plain);
  return vaultFailed({plain.error().code, "reading " + parameter.name + ", version " +
                                              std::to_string(version.number) + ": " +
                                              plain.error().message});
}

Found<json> Values::parameter(const Parameter& parameter, const Version& version) {
  auto text = value(parameter, version);
  if (!text.ok()) return text.error();
  return json{{"Name", parameter.name},
              {"Type", version.type},
              {"Value", std::move(*text)},
              {"Version", version.number},
              {"LastModifiedDate", toTimestamp(version.modified)},
              {"ARN", parameterArn(parameter.scope, parameter.name)},
              {"DataType", version.dataType}};
}

Found<json> Values::history(const Parameter& parameter, const Version& version) {
  auto text = value(parameter, version);
  if (!text.ok()) return text.error();
  json shown = shownVersion(parameter, version);
  shown["Value"] = std::move(*text);
  shown["Labels"] = json::array();
  for (const auto& [label, number] : parameter.labels) {
    if (number == version.number) shown["Labels"].push_back(label);
  }
  return shown;
}

json shownMetadata(const Parameter& parameter) {
  json shown = shownVersion(parameter, parameter.latest);
  shown["ARN"] = parameterArn(parameter.scope, parameter.name);
  return shown;
}

}  // namespace kiln::api::ssm
