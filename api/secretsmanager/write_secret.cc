#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "api/secretsmanager/details.h"
#include "api/secretsmanager/families.h"
#include "api/secretsmanager/lookup.h"
#include "api/secretsmanager/stages.h"
#include "api/secretsmanager/values.h"

namespace kiln::api::secrets {
namespace {

using nlohmann::json;

Refusal checkNewName(const std::string& name) {
  const bool spelled = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-/_+=.@!").find(c) != std::string_view::npos;
  });
  if (spelled) return std::nullopt;
  return ServiceError{"ValidationException",
                      "Invalid name. Must be a valid name containing alphanumeric characters, or "
                      "any of the following: -/_+=.@!"};
}

// One CreateSecret, UpdateSecret or PutSecretValue: what was asked, and the key it needs, which is taken before the commit because
// making one is a commit of its own.
class Writing {
 public:
  Writing(const Deps& deps, const json& input, const Scope& scope)
      : deps_(deps),
        input_(input),
        scope_(scope),
        now_(toWholeMillis(deps.clock.now())),
        versionId_(input.contains("ClientRequestToken") ? textOf(input, "ClientRequestToken")
                                                        : newUuid()) {}

  Answer create();
  Answer update();
  Answer putValue();

 private:
  Refusal prepare();
  Refusal storeVersion(store::Txn& txn, Secret& secret, const std::set<std::string>& stages) const;
  // Was this very version written before? ResourceExistsException when its value was another.
  Found<bool> isRepeated(store::Txn& txn, const Secret& secret,
                         const ServiceError& otherwise) const;
  ServiceError tokenTaken(const Secret& secret) const;
  std::set<std::string> askedStages() const;
  Secret fresh() const;
  Answer createIn(store::Txn& txn) const;
  Answer updateIn(store::Txn& txn) const;
  Answer putValueIn(store::Txn& txn) const;
  json shown(const Secret& secret, bool withVersion) const;

  const Deps& deps_;
  const json& input_;
  const Scope& scope_;
  const TimePoint now_;
  const std::string versionId_;
  std::optional<Value> value_;
  store::Vault::Held sealer_;
};

Refusal Writing::prepare() {
  auto value = givenValue(input_);
  if (!value.ok()) return value.error();
  value_ = std::move(*value);
  if (!value_) return std::nullopt;
  auto held = deps_.vault.forSealing();
  if (!held.ok()) return encryptionFailed(held.error());
  sealer_ = std::move(*held);
  return std::nullopt;
}

Refusal Writing::storeVersion(store::Txn& txn, Secret& secret,
                              const std::set<std::string>& stages) const {
  if (auto bad = addVersion(secret, versionId_, stages, now_)) return bad;
  auto gone = trimVersions(secret, now_);
  if (!gone.ok()) return gone.error();
  for (const auto& id : *gone) {
    if (auto erased = txn.eraseNote(secret.key(), valueNote(id)); !erased.ok())
      return fromError(erased.error());
  }
  auto sealed = sealValue(*sealer_, secret, versionId_, *value_);
  if (!sealed.ok()) return encryptionFailed(sealed.error());
  auto noted = txn.putNote(secret.key(), valueNote(versionId_), std::move(*sealed));
  if (!noted.ok()) return fromError(noted.error());
  secret.changed = now_;
  return std::nullopt;
}

ServiceError Writing::tokenTaken(const Secret& secret) const {
  return alreadyThere("You can't use ClientRequestToken " + versionId_ +
                      " because that value is already in use for a version of secret " +
                      secret.arn() + ".");
}

Found<bool> Writing::isRepeated(store::Txn& txn, const Secret& secret,
                                const ServiceError& otherwise) const {
  if (!secret.versions.contains(versionId_)) return false;
  auto note = txn.findNote(secret.key(), valueNote(versionId_));
  if (!note.ok()) return fromError(note.error());
  if (!*note || !value_) return otherwise;
  auto before = openValue(*sealer_, secret, versionId_, **note);
  if (!before.ok()) return decryptionFailed(before.error());
  if (*before == *value_) return true;
  return otherwise;
}

json Writing::shown(const Secret& secret, bool withVersion) const {
  json answer = {{"ARN", secret.arn()}, {"Name", secret.name}};
  if (withVersion) answer["VersionId"] = versionId_;
  return answer;
}

Secret Writing::fresh() const {
  Secret secret{};
  secret.scope = scope_;
  secret.name = textOf(input_, "Name");
  secret.suffix = newSuffix();
  secret.description = textOf(input_, "Description");
  secret.kmsKeyId = textOf(input_, "KmsKeyId");
  secret.type = textOf(input_, "Type");
  secret.created = secret.changed = now_;
  return secret;
}

Answer Writing::createIn(store::Txn& txn) const {
  const std::string name = textOf(input_, "Name");
  auto resource = txn.find(ResourceKey{"secret", scope_, name});
  if (!resource.ok()) return fromError(resource.error());
  auto existing = findSecret(txn, scope_, name, now_);
  if (!existing.ok()) return existing.error();
  if (*existing) {
    if ((*existing)->deleted) {
      return invalidRequest(
          "You can't create this secret because a secret with this name is already scheduled for "
          "deletion.");
    }
    auto repeated = isRepeated(
        txn, **existing,
        alreadyThere("The operation failed because the secret " + name + " already exists."));
    if (!repeated.ok()) return repeated.error();
    if (*repeated) return shown(**existing, true);
    return alreadyThere("The operation failed because the secret " + name + " already exists.");
  }
  if (*resource) {  // one that is over
    auto erased = txn.erase((*resource)->meta.key, (*resource)->meta.resourceVersion);
    if (!erased.ok()) return fromError(erased.error());
  }
  Secret secret = fresh();
  if (auto bad = addTags(secret, listOf(input_, "Tags"))) return *bad;
  if (value_) {
    if (auto bad = storeVersion(txn, secret, {kCurrent})) return *bad;
  }
  if (auto done = txn.create(toResource(secret)); !done.ok()) return fromError(done.error());
  return shown(secret, value_.has_value());
}

Answer Writing::create() {
  if (auto bad = checkNewName(textOf(input_, "Name"))) return *bad;
  if (input_.contains("AddReplicaRegions")) {
    return ServiceError{"NotImplementedException",
                        "Replication to other regions (AddReplicaRegions) is not implemented by "
                        "Kiln yet",
                        501};
  }
  if (auto bad = prepare()) return *bad;
  return transact(deps_.store, [this](store::Txn& txn) { return createIn(txn); });
}

Answer Writing::updateIn(store::Txn& txn) const {
  auto secret = getSecret(txn, scope_, textOf(input_, "SecretId"), now_);
  if (!secret.ok()) return secret.error();
  auto repeated = isRepeated(txn, *secret, tokenTaken(*secret));
  if (!repeated.ok()) return repeated.error();
  if (value_ && !*repeated) {
    if (auto bad = storeVersion(txn, *secret, {kCurrent})) return *bad;
  }
  if (input_.contains("Description")) secret->description = textOf(input_, "Description");
  if (input_.contains("KmsKeyId")) secret->kmsKeyId = textOf(input_, "KmsKeyId");
  if (input_.contains("Type")) secret->type = textOf(input_, "Type");
  secret->changed = now_;
  if (auto bad = write(txn, *secret)) return *bad;
  return shown(*secret, value_.has_value());
}

Answer Writing::update() {
  if (auto bad = prepare()) return *bad;
  return transact(deps_.store, [this](store::Txn& txn) { return updateIn(txn); });
}

std::set<std::string> Writing::askedStages() const {
  std::set<std::string> stages;
  for (const json& stage : listOf(input_, "VersionStages")) stages.insert(stage.get<std::string>());
  if (stages.empty()) stages.insert(kCurrent);
  return stages;
}

Answer Writing::putValueIn(store::Txn& txn) const {
  auto secret = getSecret(txn, scope_, textOf(input_, "SecretId"), now_);
  if (!secret.ok()) return secret.error();
  auto repeated = isRepeated(txn, *secret, tokenTaken(*secret));
  if (!repeated.ok()) return repeated.error();
  if (!*repeated) {
    if (auto bad = storeVersion(txn, *secret, askedStages())) return *bad;
    if (auto bad = write(txn, *secret)) return *bad;
  }
  json answer = shown(*secret, true);
  answer["VersionStages"] = secret->versions[versionId_].stages;
  return answer;
}

Answer Writing::putValue() {
  if (auto bad = prepare()) return *bad;
  if (!value_) return invalidRequest("You must provide either SecretString or SecretBinary.");
  return transact(deps_.store, [this](store::Txn& txn) { return putValueIn(txn); });
}

}  // namespace

void addWriteOperations(Operations& operations, const Deps& deps) {
  operations["CreateSecret"] = [deps](const json& input, const CallContext& context) {
    return Writing(deps, input, context.scope).create();
  };
  operations["UpdateSecret"] = [deps](const json& input, const CallContext& context) {
    return Writing(deps, input, context.scope).update();
  };
  operations["PutSecretValue"] = [deps](const json& input, const CallContext& context) {
    return Writing(deps, input, context.scope).putValue();
  };
}

}  // namespace kiln::api::secrets
