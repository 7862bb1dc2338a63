#include "api/secretsmanager/stages.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "api/secretsmanager/families.h"
#include "api/secretsmanager/lookup.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;

constexpr std::size_t kMostStages = 20;
constexpr std::size_t kKeptVersions = 100;
constexpr std::size_t kMostVersions = 1000;  // of one day
constexpr auto kVersionAge = std::chrono::hours(24);

std::size_t stageCount(const Secret& secret) {
  std::size_t count = 0;
  for (const auto& [id, version] : secret.versions) count += version.stages.size();
  return count;
}

Refusal checkMove(const Secret& secret, const std::string& stage, const std::string& from,
                  const std::string& to) {
  const std::string* const holder = secret.versionWith(stage);
  for (const std::string& id : {from, to}) {
    if (!id.empty() && !secret.versions.contains(id)) return valueNotFound("VersionId: " + id);
  }
  if (to.empty() && stage == kCurrent) {
    return invalidParameter(
        "You can only move staging label AWSCURRENT to a different secret version. It can't be "
        "completely removed.");
  }
  if (from.empty() && to.empty())
    return invalidParameter("You must specify RemoveFromVersionId, MoveToVersionId or both.");
  if (from.empty() && holder != nullptr && *holder != to) {
    return invalidParameter("The parameter RemoveFromVersionId can't be empty. Staging label " +
                            stage + " is currently attached to version " + *holder +
                            ", so you must explicitly reference that version in "
                            "RemoveFromVersionId.");
  }
  if (!from.empty() && (holder == nullptr || *holder != from)) {
    return invalidParameter("The version " + from +
                            " in RemoveFromVersionId doesn't have the staging "
                            "label " +
                            stage + " attached.");
  }
  return std::nullopt;
}

Answer updateStage(const Deps& deps, const json& input, const Scope& scope) {
  const std::string stage = textOf(input, "VersionStage");
  const std::string from = textOf(input, "RemoveFromVersionId");
  const std::string to = textOf(input, "MoveToVersionId");
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    const TimePoint now = toWholeMillis(deps.clock.now());
    auto secret = getSecret(txn, scope, textOf(input, "SecretId"), now);
    if (!secret.ok()) return secret.error();
    if (auto bad = checkMove(*secret, stage, from, to)) return *bad;
    moveStage(*secret, stage, to);
    if (stageCount(*secret) > kMostStages) {
      return ServiceError{"LimitExceededException",
                          "A secret can have a maximum of 20 staging labels."};
    }
    secret->changed = now;
    if (auto bad = write(txn, *secret)) return *bad;
    return json{{"ARN", secret->arn()}, {"Name", secret->name}};
  });
}

}  // namespace

void moveStage(Secret& secret, const std::string& stage, const std::string& versionId) {
  std::string before;
  for (auto& [id, version] : secret.versions) {
    if (version.stages.erase(stage) > 0) before = id;
  }
  if (!versionId.empty()) secret.versions[versionId].stages.insert(stage);
  if (stage == kCurrent && !before.empty() && before != versionId)
    moveStage(secret, kPrevious, before);
}

Refusal addVersion(Secret& secret, const std::string& versionId,
                   const std::set<std::string>& stages, TimePoint now) {
  secret.versions[versionId] = {.stages = {}, .created = now, .accessed = std::nullopt};
  for (const auto& stage : stages) moveStage(secret, stage, versionId);
  if (secret.versions.size() == 1) secret.versions[versionId].stages.insert(kCurrent);
  if (stageCount(secret) <= kMostStages) return std::nullopt;
  return ServiceError{"LimitExceededException",
                      "A secret can have a maximum of 20 staging labels."};
}

Found<std::set<std::string>> trimVersions(Secret& secret, TimePoint now) {
  std::vector<std::pair<TimePoint, std::string>> deprecated;
  for (const auto& [id, version] : secret.versions) {
    if (version.stages.empty() && version.created + kVersionAge <= now)
      deprecated.emplace_back(version.created, id);
  }
  std::sort(deprecated.begin(), deprecated.end());
  std::set<std::string> gone;
  for (const auto& [created, id] : deprecated) {
    if (secret.versions.size() <= kKeptVersions) break;
    secret.versions.erase(id);
    gone.insert(id);
  }
  if (secret.versions.size() <= kMostVersions) return gone;
  return ServiceError{"LimitExceededException",
                      "The secret has more versions of the last day than Kiln keeps."};
}

void addStageOperations(Operations& operations, const Deps& deps) {
  operations["UpdateSecretVersionStage"] = [deps](const json& input, const CallContext& context) {
    return updateStage(deps, input, context.scope);
  };
}

}  // namespace kiln::api::secrets
