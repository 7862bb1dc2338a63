#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "api/ssm/families.h"
#include "api/ssm/parameter.h"

namespace kiln::api::ssm {
namespace {

using nlohmann::json;

constexpr std::size_t kTagLimit = 50;

template <typename Reader>
Found<Parameter> tagged(Reader& reader, const Scope& scope, const json& input) {
  if (textOf(input, "ResourceType") != "Parameter") {
    return ServiceError{"NotImplementedException",
                        "Tags of a " + textOf(input, "ResourceType") +
                            " are not implemented by Kiln yet; those of a Parameter are",
                        501};
  }
  auto parameter = getParameter(reader, scope, textOf(input, "ResourceId"));
  if (parameter.ok() || parameter.error().shape != "ParameterNotFound") return parameter;
  return ServiceError{"InvalidResourceId",
                      "The resource ID is not valid. Verify that you entered the correct ID and "
                      "try again."};
}

Answer change(const Deps& deps, const json& input, const Scope& scope,
              const std::function<Refusal(Parameter&)>& apply) {
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto parameter = tagged(txn, scope, input);
    if (!parameter.ok()) return parameter.error();
    if (auto bad = apply(*parameter)) return *bad;
    auto written = txn.update(toResource(*parameter), store::Half::kSpec);
    if (!written.ok()) return fromError(written.error());
    return json::object();
  });
}

Refusal add(Parameter& parameter, const json& tags) {
  for (const json& tag : tags) {
    const std::string key = textOf(tag, "Key");
    if (key.starts_with("aws:"))
      return invalid("Tag keys starting with 'aws:' are reserved for system use: " + key);
    parameter.tags[key] = textOf(tag, "Value");
  }
  if (parameter.tags.size() <= kTagLimit) return std::nullopt;
  return ServiceError{"TooManyTagsError",
                      "The Targets parameter includes too many tags. Remove one or more tags and "
                      "try the command again."};
}

Answer list(const Deps& deps, const json& input, const Scope& scope) {
  auto parameter = tagged(deps.store, scope, input);
  if (!parameter.ok()) return parameter.error();
  json answer = {{"TagList", json::array()}};
  for (const auto& [key, value] : parameter->tags)
    answer["TagList"].push_back({{"Key", key}, {"Value", value}});
  return answer;
}

}  // namespace

void addTagOperations(Operations& operations, const Deps& deps) {
  operations["AddTagsToResource"] = [deps](const json& input, const CallContext& context) {
    return change(deps, input, context.scope,
                  [&](Parameter& parameter) { return add(parameter, listOf(input, "Tags")); });
  };
  operations["RemoveTagsFromResource"] = [deps](const json& input, const CallContext& context) {
    return change(deps, input, context.scope, [&](Parameter& parameter) -> Refusal {
      for (const json& key : listOf(input, "TagKeys")) parameter.tags.erase(key.get<std::string>());
      return std::nullopt;
    });
  };
  operations["ListTagsForResource"] = [deps](const json& input, const CallContext& context) {
    return list(deps, input, context.scope);
  };
}

}  // namespace kiln::api::ssm
