#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "api/ssm/change_event.h"
#include "api/ssm/families.h"
#include "api/ssm/parameter.h"

namespace kiln::api::ssm {
namespace {

using nlohmann::json;

Refusal remove(store::Txn& txn, const Scope& scope, const std::string& asked, TimePoint now) {
  if (!parseAsked(scope, asked).selector.empty()) return parameterNotFound(asked);
  auto parameter = getParameter(txn, scope, asked);
  if (!parameter.ok()) return parameter.error();
  auto erased = txn.erase(parameter->key(), parameter->resourceVersion);
  if (!erased.ok()) return fromError(erased.error());
  emitChange(txn, *parameter, "Delete", now);
  return std::nullopt;
}

Answer removeOne(const Deps& deps, const json& input, const Scope& scope) {
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    if (auto bad = remove(txn, scope, textOf(input, "Name"), deps.clock.now())) return *bad;
    return json::object();
  });
}

Answer removeSeveral(const Deps& deps, const json& input, const Scope& scope) {
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    json answer = {{"DeletedParameters", json::array()}, {"InvalidParameters", json::array()}};
    for (const json& one : listOf(input, "Names")) {
      const auto asked = one.get<std::string>();
      const auto bad = remove(txn, scope, asked, deps.clock.now());
      if (bad && bad->shape != "ParameterNotFound") return *bad;
      answer[bad ? "InvalidParameters" : "DeletedParameters"].push_back(asked);
    }
    return answer;
  });
}

}  // namespace

void addDeleteOperations(Operations& operations, const Deps& deps) {
  operations["DeleteParameter"] = [deps](const json& input, const CallContext& context) {
    return removeOne(deps, input, context.scope);
  };
  operations["DeleteParameters"] = [deps](const json& input, const CallContext& context) {
    return removeSeveral(deps, input, context.scope);
  };
}

}  // namespace kiln::api::ssm
