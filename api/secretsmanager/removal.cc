#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/timestamp.h"
#include "api/model/transact.h"
#include "api/secretsmanager/families.h"
#include "api/secretsmanager/lookup.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;

constexpr std::int64_t kShortestWindow = 7;
constexpr std::int64_t kLongestWindow = 30;
constexpr std::size_t kRemovedAtOnce = 100;
constexpr auto kDay = std::chrono::hours(24);

Refusal checkWindow(const json& input) {
  const bool force = flagOf(input, "ForceDeleteWithoutRecovery");
  if (!input.contains("RecoveryWindowInDays")) return std::nullopt;
  if (force) {
    return invalidParameter(
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  }
  const auto days = input["RecoveryWindowInDays"].get<std::int64_t>();
  if (days >= kShortestWindow && days <= kLongestWindow) return std::nullopt;
  return invalidParameter(
      "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
}

json shown(const std::string& arn, const std::string& name, TimePoint removal) {
  return {{"ARN", arn}, {"Name", name}, {"DeletionDate", toTimestamp(removal)}};
}

// One that is not there counts as deleted.
Answer deleteByForce(store::Txn& txn, const Scope& scope, const std::string& asked, TimePoint now) {
  auto secret = getAnySecret(txn, scope, asked, now);
  if (!secret.ok()) {
    if (secret.error().shape != "ResourceNotFoundException") return secret.error();
    const bool arn = asked.starts_with("arn:");
    return shown(arn ? asked : secretArn(scope, asked, newSuffix()), asked, now);
  }
  auto erased = txn.erase(secret->key(), secret->resourceVersion);
  if (!erased.ok()) return fromError(erased.error());
  return shown(secret->arn(), secret->name, now);
}

Answer schedule(store::Txn& txn, const Scope& scope, const json& input, TimePoint now) {
  auto secret = getAnySecret(txn, scope, textOf(input, "SecretId"), now);
  if (!secret.ok()) return secret.error();
  if (secret->deleted) {
    return invalidRequest(
        "You can't perform this operation on the secret because it was already scheduled for "
        "deletion.");
  }
  secret->deleted = now;
  secret->removal = now + kDay * input.value("RecoveryWindowInDays", kLongestWindow);
  if (auto bad = write(txn, *secret)) return *bad;
  return shown(secret->arn(), secret->name, *secret->removal);
}

Answer remove(const Deps& deps, const json& input, const Scope& scope) {
  if (auto bad = checkWindow(input)) return *bad;
  const TimePoint now = toWholeMillis(deps.clock.now());
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    if (flagOf(input, "ForceDeleteWithoutRecovery"))
      return deleteByForce(txn, scope, textOf(input, "SecretId"), now);
    return schedule(txn, scope, input, now);
  });
}

Answer restore(const Deps& deps, const json& input, const Scope& scope) {
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto secret = getAnySecret(txn, scope, textOf(input, "SecretId"), deps.clock.now());
    if (!secret.ok()) return secret.error();
    secret->deleted.reset();
    secret->removal.reset();
    if (auto bad = write(txn, *secret)) return *bad;
    return json{{"ARN", secret->arn()}, {"Name", secret->name}};
  });
}

// Looked at again in the commit: it may have been restored.
Status eraseIfOver(store::Txn& txn, const ResourceKey& key, TimePoint now, bool& over) {
  auto resource = txn.find(key);
  if (!resource.ok()) return resource.error();
  over = true;
  if (!*resource) return okStatus();
  auto secret = toSecret(**resource);
  if (!secret.ok()) return secret.error();
  over = isOver(*secret, now);
  return over ? txn.erase(key, secret->resourceVersion) : okStatus();
}

}  // namespace

Status removeExpired(store::Store& store, const Clock& clock) {
  while (true) {
    auto page = store.scanIndex(kSecretsByRemoval, {}, kRemovedAtOnce, store::Order::kAscending);
    if (!page.ok()) return page.error();
    if (page->entries.empty()) return okStatus();
    bool more = true;
    auto committed = store.commit(store::Durability::kBuffered, [&](store::Txn& txn) -> Status {
      for (const auto& [entry, key] : page->entries) {
        if (!more) break;
        if (auto done = eraseIfOver(txn, key, clock.now(), more); !done.ok()) return done;
      }
      return okStatus();
    });
    if (!committed.ok()) return committed.error();
    if (!more) return okStatus();
  }
}

void addRemovalOperations(Operations& operations, const Deps& deps) {
  operations["DeleteSecret"] = [deps](const json& input, const CallContext& context) {
    return remove(deps, input, context.scope);
  };
  operations["RestoreSecret"] = [deps](const json& input, const CallContext& context) {
    return restore(deps, input, context.scope);
  };
}

}  // namespace kiln::api::secrets
