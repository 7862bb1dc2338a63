#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/page_token.h"
#include "api/model/timestamp.h"
#include "api/model/transact.h"
#include "api/secretsmanager/families.h"
#include "api/secretsmanager/lookup.h"
#include "api/secretsmanager/pages.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;

constexpr std::size_t kPage = 100;

json orAbsent(const std::string& text) { return text.empty() ? json() : json(text); }

json shownTags(const Secret& secret) {
  json tags = json::array();
  for (const auto& [key, value] : secret.tags) tags.push_back({{"Key", key}, {"Value", value}});
  return tags;
}

json shownStages(const Secret& secret) {
  json stages = json::object();
  for (const auto& [id, version] : secret.versions) {
    if (!version.stages.empty()) stages[id] = version.stages;
  }
  return stages.empty() ? json() : stages;
}

// What DescribeSecret and ListSecrets have in common; `stages` names the member that differs.
json shown(const Secret& secret, const char* stages) {
  return {{"ARN", secret.arn()},
          {"Name", secret.name},
          {"Type", orAbsent(secret.type)},
          {"Description", orAbsent(secret.description)},
          {"KmsKeyId", orAbsent(secret.kmsKeyId)},
          {"LastChangedDate", toTimestamp(secret.changed)},
          {"LastAccessedDate", toTimestamp(secret.accessed)},
          {"DeletedDate", toTimestamp(secret.deleted)},
          {"Tags", shownTags(secret)},
          {stages, shownStages(secret)},
          {"CreatedDate", toTimestamp(secret.created)}};
}

Answer describe(const Deps& deps, const json& input, const Scope& scope) {
  auto secret = getAnySecret(deps.store, scope, textOf(input, "SecretId"), deps.clock.now());
  if (!secret.ok()) return secret.error();
  return shown(*secret, "VersionIdsToStages");
}

Answer list(const Deps& deps, const json& input, const Scope& scope) {
  auto page = listSecrets(deps, scope, "ListSecrets", kPage, input);
  if (!page.ok()) return page.error();
  json answer = {{"SecretList", json::array()}};
  for (const Secret& secret : page->secrets)
    answer["SecretList"].push_back(shown(secret, "SecretVersionsToStages"));
  if (!page->next.empty()) answer["NextToken"] = page->next;
  return answer;
}

// Oldest first; versions without stages only when they are asked for.
std::vector<std::string> listedVersions(const Secret& secret, bool deprecated) {
  std::vector<std::string> ids;
  for (const auto& [id, version] : secret.versions) {
    if (deprecated || !version.stages.empty()) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end(), [&](const std::string& a, const std::string& b) {
    return std::tie(secret.versions.at(a).created, a) < std::tie(secret.versions.at(b).created, b);
  });
  return ids;
}

json shownVersion(const std::string& id, const Version& version) {
  return {{"VersionId", id},
          {"VersionStages", version.stages.empty() ? json() : json(version.stages)},
          {"LastAccessedDate", toTimestamp(version.accessed)},
          {"CreatedDate", toTimestamp(version.created)},
          {"KmsKeyIds", json::array({"DefaultEncryptionKey"})}};
}

Answer listVersions(const Deps& deps, const json& input, const Scope& scope) {
  auto secret = getAnySecret(deps.store, scope, textOf(input, "SecretId"), deps.clock.now());
  if (!secret.ok()) return secret.error();
  const std::string list = listOfInput("ListSecretVersionIds", scope, input);
  auto cursor = cursorOf(input, list);
  if (!cursor.ok()) return cursor.error();
  const auto ids = listedVersions(*secret, flagOf(input, "IncludeDeprecated"));
  auto at = std::find(ids.begin(), ids.end(), *cursor);  // the last one shown
  if (at != ids.end()) ++at;
  if (cursor->empty()) at = ids.begin();
  json answer = {{"ARN", secret->arn()}, {"Name", secret->name}, {"Versions", json::array()}};
  for (auto left = input.value("MaxResults", kPage); left > 0 && at != ids.end(); --left, ++at)
    answer["Versions"].push_back(shownVersion(*at, secret->versions.at(*at)));
  if (at != ids.end()) answer["NextToken"] = toPageToken(list, *(at - 1));
  return answer;
}

}  // namespace

void addQueryOperations(Operations& operations, const Deps& deps) {
  operations["DescribeSecret"] = [deps](const json& input, const CallContext& context) {
    return describe(deps, input, context.scope);
  };
  operations["ListSecrets"] = [deps](const json& input, const CallContext& context) {
    return list(deps, input, context.scope);
  };
  operations["ListSecretVersionIds"] = [deps](const json& input, const CallContext& context) {
    return listVersions(deps, input, context.scope);
  };
}

}  // namespace kiln::api::secrets
