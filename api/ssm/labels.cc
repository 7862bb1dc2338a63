#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "api/ssm/change_event.h"
#include "api/ssm/families.h"
#include "api/ssm/parameter.h"

namespace kiln::api::ssm {
namespace {

using nlohmann::json;

constexpr std::ptrdiff_t kMostLabels = 10;

// The parameter, once it is sure that it has the version.
Found<Parameter> withVersion(store::Txn& txn, const Scope& scope, const json& input) {
  auto parameter = getParameter(txn, scope, textOf(input, "Name"));
  if (!parameter.ok()) return parameter;
  const auto number = input.value("ParameterVersion", parameter->latest.number);
  auto version = findVersion(txn, *parameter, number);
  if (!version.ok()) return version.error();
  if (!*version) return versionNotFound(std::to_string(number), parameter->name);
  return parameter;
}

Refusal write(store::Txn& txn, const Parameter& parameter) {
  auto written = txn.update(toResource(parameter), store::Half::kSpec);
  if (!written.ok()) return fromError(written.error());
  return std::nullopt;
}

Answer label(const Deps& deps, const json& input, const Scope& scope) {
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto parameter = withVersion(txn, scope, input);
    if (!parameter.ok()) return parameter.error();
    const auto number = input.value("ParameterVersion", parameter->latest.number);
    json answer = {{"InvalidLabels", json::array()}, {"ParameterVersion", number}};
    for (const json& one : listOf(input, "Labels")) {
      if (isLabel(one.get<std::string>()))
        parameter->labels[one.get<std::string>()] = number;
      else
        answer["InvalidLabels"].push_back(one);
    }
    const auto count = std::count_if(parameter->labels.begin(), parameter->labels.end(),
                                     [&](const auto& one) { return one.second == number; });
    if (count > kMostLabels) {
      return ServiceError{"ParameterVersionLabelLimitExceeded",
                          "A parameter version can have maximum 10 labels.Move one or more labels "
                          "to another version and try again."};
    }
    if (auto bad = write(txn, *parameter)) return *bad;
    emitChange(txn, *parameter, "LabelParameterVersion", deps.clock.now());
    return answer;
  });
}

Answer unlabel(const Deps& deps, const json& input, const Scope& scope) {
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto parameter = withVersion(txn, scope, input);
    if (!parameter.ok()) return parameter.error();
    json answer = {{"RemovedLabels", json::array()}, {"InvalidLabels", json::array()}};
    for (const json& one : listOf(input, "Labels")) {
      const auto found = parameter->labels.find(one.get<std::string>());
      const bool there = found != parameter->labels.end() &&
                         found->second == input.at("ParameterVersion").get<std::int64_t>();
      if (there) parameter->labels.erase(found);
      answer[there ? "RemovedLabels" : "InvalidLabels"].push_back(one);
    }
    if (auto bad = write(txn, *parameter)) return *bad;
    return answer;
  });
}

}  // namespace

void addLabelOperations(Operations& operations, const Deps& deps) {
  operations["LabelParameterVersion"] = [deps](const json& input, const CallContext& context) {
    return label(deps, input, context.scope);
  };
  operations["UnlabelParameterVersion"] = [deps](const json& input, const CallContext& context) {
    return unlabel(deps, input, context.scope);
  };
}

}  // namespace kiln::api::ssm
