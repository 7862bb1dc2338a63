#include "api/secretsmanager/secret.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "store/records/sort_bytes.h"
#include "store/vault/sealer.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;
using store::sortable;

json toJson(const std::optional<TimePoint>& time) {
  return time ? json(toUnixMillis(*time)) : json();
}

std::optional<TimePoint> toTime(const json& stored) {
  if (stored.is_null()) return std::nullopt;
  return fromUnixMillis(stored.get<std::int64_t>());
}

json toJson(const std::map<std::string, Version>& versions) {
  json stored = json::object();
  for (const auto& [id, version] : versions) {
    stored[id] = {{"stages", version.stages},
                  {"created", toUnixMillis(version.created)},
                  {"accessed", toJson(version.accessed)}};
  }
  return stored;
}

std::map<std::string, Version> toVersions(const json& stored) {
  std::map<std::string, Version> versions;
  for (const auto& [id, version] : stored.items()) {
    versions[id] = {.stages = version.at("stages").get<std::set<std::string>>(),
                    .created = fromUnixMillis(version.at("created").get<std::int64_t>()),
                    .accessed = toTime(version.at("accessed"))};
  }
  return versions;
}

}  // namespace

std::string Secret::arn() const { return secretArn(scope, name, suffix); }

const std::string* Secret::versionWith(const std::string& stage) const {
  for (const auto& [id, version] : versions) {
    if (version.stages.contains(stage)) return &id;
  }
  return nullptr;
}

Result<Secret> toSecret(const store::Resource& resource) {
  const ResourceKey& key = resource.meta.key;
  try {
    const json spec = json::parse(resource.spec);
    const auto text = [&](const char* member) { return spec.at(member).get<std::string>(); };
    return Secret{.scope = key.scope,
                  .name = key.name,
                  .resourceVersion = resource.meta.resourceVersion,
                  .suffix = text("suffix"),
                  .description = text("description"),
                  .kmsKeyId = text("kmsKeyId"),
                  .type = text("type"),
                  .policy = text("policy"),
                  .tags = spec.at("tags").get<std::map<std::string, std::string>>(),
                  .versions = toVersions(spec.at("versions")),
                  .created = fromUnixMillis(spec.at("created").get<std::int64_t>()),
                  .changed = fromUnixMillis(spec.at("changed").get<std::int64_t>()),
                  .accessed = toTime(spec.at("accessed")),
                  .deleted = toTime(spec.at("deleted")),
                  .removal = toTime(spec.at("removal"))};
  } catch (const json::exception&) {
    return Error{Code::kCorrupt, "reading secret " + key.name + " from the store"};
  }
}

store::Resource toResource(const Secret& secret) {
  const auto ordered = [&](const std::string& index, TimePoint time) {
    return index + sortable(toUnixMillis(time)) + "/" + secret.name;
  };
  store::Resource resource;
  resource.meta.key = secret.key();
  resource.meta.resourceVersion = secret.resourceVersion;
  resource.meta.indexKeys = {
      secretsByName(secret.scope) + secret.name,
      ordered(secretsByCreation(secret.scope), secret.created),
      ordered(secretsByChange(secret.scope), secret.changed),
      ordered(secretsByAccess(secret.scope), secret.accessed.value_or(TimePoint()))};
  if (secret.removal)
    resource.meta.indexKeys.push_back(ordered(kSecretsByRemoval, *secret.removal));
  resource.spec = json{{"suffix", secret.suffix},
                       {"description", secret.description},
                       {"kmsKeyId", secret.kmsKeyId},
                       {"type", secret.type},
                       {"policy", secret.policy},
                       {"tags", secret.tags},
                       {"versions", toJson(secret.versions)},
                       {"created", toUnixMillis(secret.created)},
                       {"changed", toUnixMillis(secret.changed)},
                       {"accessed", toJson(secret.accessed)},
                       {"deleted", toJson(secret.deleted)},
                       {"removal", toJson(secret.removal)}}
                      .dump();
  resource.status = "{}";
  return resource;
}

std::string newSuffix() {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string suffix;
  const auto bytes = store::randomBytes(6);
  if (!bytes.ok()) unreachable();
  for (const char byte : *bytes)
    suffix += kLetters[static_cast<unsigned char>(byte) % kLetters.size()];
  return suffix;
}

std::string secretArn(const Scope& scope, const std::string& name, const std::string& suffix) {
  return "arn:aws:secretsmanager:" + scope.region + ":" + scope.account + ":secret:" + name + "-" +
         suffix;
}

std::string valueNote(const std::string& versionId) { return "value/" + versionId; }

std::string sealedFor(const Secret& secret, const std::string& versionId) {
  return secret.arn() + "\n" + versionId;
}

std::string secretsByName(const Scope& scope) {
  return store::scopedIndex("secrets-by-name", scope);
}
std::string secretsByCreation(const Scope& scope) {
  return store::scopedIndex("secrets-by-creation", scope);
}
std::string secretsByChange(const Scope& scope) {
  return store::scopedIndex("secrets-by-change", scope);
}
std::string secretsByAccess(const Scope& scope) {
  return store::scopedIndex("secrets-by-access", scope);
}

bool isOver(const Secret& secret, TimePoint now) {
  return secret.removal.has_value() && *secret.removal <= now;
}

}  // namespace kiln::api::secrets
