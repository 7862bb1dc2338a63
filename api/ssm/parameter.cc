#include "api/ssm/parameter.h"

#include <nlohmann/json.hpp>

#include "store/records/sort_bytes.h"

namespace kiln::api::ssm {
namespace {

using nlohmann::json;

json toJson(const Version& version) {
  return {{"number", version.number},
          {"type", version.type},
          {"tier", version.tier},
          {"dataType", version.dataType},
          {"keyId", version.keyId},
          {"description", version.description},
          {"allowedPattern", version.allowedPattern},
          {"policies", version.policies},
          {"user", version.user},
          {"modified", toUnixMillis(version.modified)}};
}

// Throws what json throws.
Version toVersion(const json& stored) {
  return {.number = stored.at("number").get<std::int64_t>(),
          .type = stored.at("type").get<std::string>(),
          .tier = stored.at("tier").get<std::string>(),
          .dataType = stored.at("dataType").get<std::string>(),
          .keyId = stored.at("keyId").get<std::string>(),
          .description = stored.at("description").get<std::string>(),
          .allowedPattern = stored.at("allowedPattern").get<std::string>(),
          .policies = stored.at("policies").get<std::string>(),
          .user = stored.at("user").get<std::string>(),
          .modified = fromUnixMillis(stored.at("modified").get<std::int64_t>()),
          .value = stored.value("value", std::string())};
}

}  // namespace

Result<Parameter> toParameter(const store::Resource& resource) {
  const ResourceKey& key = resource.meta.key;
  try {
    const json spec = json::parse(resource.spec);
    return Parameter{.scope = key.scope,
                     .name = key.name,
                     .resourceVersion = resource.meta.resourceVersion,
                     .latest = toVersion(spec.at("latest")),
                     .labels = spec.at("labels").get<std::map<std::string, std::int64_t>>(),
                     .tags = spec.at("tags").get<std::map<std::string, std::string>>()};
  } catch (const json::exception&) {
    return Error{Code::kCorrupt, "reading parameter " + key.name + " from the store"};
  }
}

store::Resource toResource(const Parameter& parameter) {
  store::Resource resource;
  resource.meta.key = parameter.key();
  resource.meta.resourceVersion = parameter.resourceVersion;
  resource.meta.indexKeys = {parametersByName(parameter.scope) + parameter.name};
  resource.spec = json{{"latest", toJson(parameter.latest)},
                       {"labels", parameter.labels},
                       {"tags", parameter.tags}}
                      .dump();
  resource.status = "{}";
  return resource;
}

std::string versionNote(std::int64_t number) {
  return std::string(kVersionNotes) + store::sortable(number);
}

std::string toNote(const Version& version) {
  json stored = toJson(version);
  stored["value"] = version.value;
  return stored.dump();
}

Result<Version> fromNote(std::string_view text) {
  try {
    return toVersion(json::parse(text));
  } catch (const json::exception&) {
    return Error{Code::kCorrupt, "reading a version of a parameter from the store"};
  }
}

std::string parametersByName(const Scope& scope) {
  return store::scopedIndex("parameters-by-name", scope);
}

std::string sealedFor(const Parameter& parameter, std::int64_t version) {
  return parameterArn(parameter.scope, parameter.name) + "\n" + parameter.name + "\n" +
         std::to_string(version);
}

}  // namespace kiln::api::ssm
