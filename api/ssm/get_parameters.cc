#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "api/ssm/families.h"
#include "api/ssm/parameter.h"
#include "api/ssm/values.h"

namespace kiln::api::ssm {
namespace {

using nlohmann::json;

// The version that a selector names; none when there is no such label or number.
std::optional<std::int64_t> selected(const Parameter& parameter, const std::string& selector) {
  if (selector.empty()) return parameter.latest.number;
  if (const auto label = parameter.labels.find(selector); label != parameter.labels.end())
    return label->second;
  std::int64_t number = 0;
  const char* const end = selector.data() + selector.size();
  const auto [stop, error] = std::from_chars(selector.data(), end, number);
  if (error != std::errc() || stop != end || number < 1) return std::nullopt;
  return number;
}

Found<json> read(const Deps& deps, const Scope& scope, const std::string& asked, Values& values) {
  auto parameter = getParameter(deps.store, scope, asked);
  if (!parameter.ok()) return parameter.error();
  const std::string selector = parseAsked(scope, asked).selector;
  const auto number = selected(*parameter, selector);
  if (!number) return versionNotFound(selector, parameter->name);
  auto version = findVersion(deps.store, *parameter, *number);
  if (!version.ok()) return version.error();
  if (!*version) return versionNotFound(selector, parameter->name);
  auto shown = values.parameter(*parameter, **version);
  if (shown.ok() && !selector.empty()) (*shown)["Selector"] = ":" + selector;
  return shown;
}

Answer getOne(const Deps& deps, const json& input, const Scope& scope) {
  Values values(deps.vault, flagOf(input, "WithDecryption"));
  auto shown = read(deps, scope, textOf(input, "Name"), values);
  if (!shown.ok()) return shown.error();
  return json{{"Parameter", std::move(*shown)}};
}

bool isAbsence(const ServiceError& error) {
  return error.shape == "ParameterNotFound" || error.shape == "ParameterVersionNotFound";
}

Answer getSeveral(const Deps& deps, const json& input, const Scope& scope) {
  Values values(deps.vault, flagOf(input, "WithDecryption"));
  json answer = {{"Parameters", json::array()}, {"InvalidParameters", json::array()}};
  std::vector<std::string> seen;
  for (const json& one : listOf(input, "Names")) {
    const auto asked = one.get<std::string>();
    if (std::find(seen.begin(), seen.end(), asked) != seen.end()) continue;
    seen.push_back(asked);
    auto shown = read(deps, scope, asked, values);
    if (shown.ok())
      answer["Parameters"].push_back(std::move(*shown));
    else if (isAbsence(shown.error()))
      answer["InvalidParameters"].push_back(asked);
    else
      return shown.error();
  }
  return answer;
}

}  // namespace

void addReadOperations(Operations& operations, const Deps& deps) {
  operations["GetParameter"] = [deps](const json& input, const CallContext& context) {
    return getOne(deps, input, context.scope);
  };
  operations["GetParameters"] = [deps](const json& input, const CallContext& context) {
    return getSeveral(deps, input, context.scope);
  };
}

}  // namespace kiln::api::ssm
