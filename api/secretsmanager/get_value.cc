#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/timestamp.h"
#include "api/model/transact.h"
#include "api/secretsmanager/families.h"
#include "api/secretsmanager/lookup.h"
#include "api/secretsmanager/pages.h"
#include "api/secretsmanager/values.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;

constexpr std::size_t kBatchPage = 20;

TimePoint dayOf(TimePoint now) {
  return TimePoint(std::chrono::floor<std::chrono::days>(now).time_since_epoch());
}

// The version that is asked for by id, by stage or by neither.
Found<std::string> chosen(const Secret& secret, const json& input) {
  const std::string id = textOf(input, "VersionId");
  const std::string stage = textOf(input, "VersionStage");
  if (!id.empty()) {
    const auto version = secret.versions.find(id);
    if (version == secret.versions.end()) return valueNotFound("VersionId: " + id);
    if (!stage.empty() && !version->second.stages.contains(stage)) {
      return invalidRequest(
          "You provided a VersionStage that is not associated to the provided VersionId.");
    }
    return id;
  }
  const std::string* const found = secret.versionWith(stage.empty() ? kCurrent : stage);
  if (found == nullptr)
    return valueNotFound("staging label: " + (stage.empty() ? kCurrent : stage));
  return *found;
}

// Remembers the day of the access. Nobody waits for it and it fails nothing: a lost one is made up for by the next read.
void noteAccess(const Deps& deps, const Secret& secret, const std::string& versionId) {
  const TimePoint day = dayOf(deps.clock.now());
  const auto& version = secret.versions.at(versionId);
  if (secret.accessed == day && version.accessed == day) return;
  (void)deps.store.commit(store::Durability::kBuffered, [&](store::Txn& txn) -> Status {
    auto now = findSecret(txn, secret.scope, secret.name, deps.clock.now());
    if (!now.ok() || !*now || (*now)->suffix != secret.suffix) return okStatus();
    const auto found = (*now)->versions.find(versionId);
    if (found == (*now)->versions.end()) return okStatus();
    (*now)->accessed = found->second.accessed = day;
    return txn.update(toResource(**now), store::Half::kSpec);
  });
}

Found<json> readValue(const Deps& deps, const Secret& secret, const json& input) {
  auto id = chosen(secret, input);
  if (!id.ok()) return id.error();
  auto held = deps.vault.forOpening();
  if (!held.ok()) return decryptionFailed(held.error());
  auto note = deps.store.findNote(secret.key(), valueNote(*id));
  if (!note.ok()) return fromError(note.error());
  if (!*note) return valueNotFound("VersionId: " + *id);
  auto value = openValue(**held, secret, *id, **note);
  if (!value.ok()) return decryptionFailed(value.error());
  const Version& version = secret.versions.at(*id);
  json answer = {{"ARN", secret.arn()},
                 {"Name", secret.name},
                 {"VersionId", *id},
                 {"CreatedDate", toTimestamp(version.created)}};
  if (!version.stages.empty()) answer["VersionStages"] = version.stages;
  showValue(answer, *value);
  noteAccess(deps, secret, *id);
  return answer;
}

Answer get(const Deps& deps, const json& input, const Scope& scope) {
  auto secret = getSecret(deps.store, scope, textOf(input, "SecretId"), deps.clock.now());
  if (!secret.ok()) return secret.error();
  return readValue(deps, *secret, input);
}

void addTo(json& answer, const std::string& asked, Found<json> value) {
  if (value.ok()) {
    answer["SecretValues"].push_back(std::move(*value));
  } else {
    answer["Errors"].push_back({{"SecretId", asked},
                                {"ErrorCode", value.error().shape},
                                {"Message", value.error().message}});
  }
}

Answer getBatch(const Deps& deps, const json& input, const Scope& scope) {
  const bool listed = input.contains("SecretIdList");
  if (listed == input.contains("Filters"))
    return invalidParameter("You must provide either SecretIdList or Filters, and not both.");
  json answer = {{"SecretValues", json::array()}, {"Errors", json::array()}};
  if (listed) {
    for (const json& one : listOf(input, "SecretIdList")) {
      const auto asked = one.get<std::string>();
      auto secret = getSecret(deps.store, scope, asked, deps.clock.now());
      addTo(answer, asked,
            secret.ok() ? readValue(deps, *secret, json::object()) : Found<json>(secret.error()));
    }
    return answer;
  }
  auto page = listSecrets(deps, scope, "BatchGetSecretValue", kBatchPage, input);
  if (!page.ok()) return page.error();
  for (const Secret& secret : page->secrets)
    addTo(answer, secret.arn(), readValue(deps, secret, json::object()));
  if (!page->next.empty()) answer["NextToken"] = page->next;
  return answer;
}

}  // namespace

void addValueOperations(Operations& operations, const Deps& deps) {
  operations["GetSecretValue"] = [deps](const json& input, const CallContext& context) {
    return get(deps, input, context.scope);
  };
  operations["BatchGetSecretValue"] = [deps](const json& input, const CallContext& context) {
    return getBatch(deps, input, context.scope);
  };
}

}  // namespace kiln::api::secrets
