#include <nlohmann/json.hpp>

#include "api/model/base64.h"
#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "api/ssm/change_event.h"
#include "api/ssm/families.h"
#include "api/ssm/parameter.h"
#include "api/ssm/put_checks.h"

namespace kiln::api::ssm {
namespace {

using nlohmann::json;

constexpr std::size_t kMostVersions = 100;
constexpr const char* kDefaultKey = "alias/aws/ssm";

// One PutParameter: what was asked, and what it becomes in the commit.
class Put {
 public:
  Put(const Deps& deps, const json& input, const CallContext& context)
      : deps_(deps), input_(input), context_(context), plain_(textOf(input, "Value")) {}

  Answer run();

 private:
  std::string given(const char* member, const std::string& otherwise) const {
    return input_.contains(member) ? textOf(input_, member) : otherwise;
  }
  // Before the commit, because making a key is a commit of its own.
  Refusal takeKeyIfNeeded();
  Refusal checkExisting(const std::optional<Parameter>& existing) const;
  Found<Version> nextVersion(const Parameter& parameter) const;
  Refusal seal(const Parameter& parameter, Version& version) const;
  Refusal dropOldest(store::Txn& txn, const Parameter& parameter) const;
  Answer commit(store::Txn& txn) const;

  const Deps& deps_;
  const json& input_;
  const CallContext& context_;
  const std::string plain_;
  store::Vault::Held sealer_;
};

Refusal Put::takeKeyIfNeeded() {
  std::string type = textOf(input_, "Type");
  if (type.empty()) {
    auto existing = findParameter(deps_.store, context_.scope, textOf(input_, "Name"));
    if (!existing.ok()) return existing.error();
    if (*existing) type = (*existing)->latest.type;
  }
  if (type != "SecureString") return std::nullopt;
  auto held = deps_.vault.forSealing();
  if (!held.ok()) return vaultFailed(held.error());
  sealer_ = std::move(*held);
  return std::nullopt;
}

Refusal Put::checkExisting(const std::optional<Parameter>& existing) const {
  const std::string type = textOf(input_, "Type");
  if (existing && !flagOf(input_, "Overwrite")) {
    return ServiceError{"ParameterAlreadyExists",
                        "The parameter already exists. To overwrite this value, set the overwrite "
                        "option in the request to true."};
  }
  if (!existing && type.empty())
    return invalid("A parameter type is required when you create a parameter.");
  if (existing && !type.empty() && type != existing->latest.type) {
    return ServiceError{
        "HierarchyTypeMismatchException",
        "Parameter Store does not support changing a parameter type in a hierarchy. For example, "
        "you can't change a parameter from a String type to a SecureString type. You must create a "
        "new, unique parameter."};
  }
  return std::nullopt;
}

Found<Version> Put::nextVersion(const Parameter& parameter) const {
  const Version& before = parameter.latest;
  const bool first = parameter.resourceVersion == 0;
  Version next{.number = first ? 1 : before.number + 1,
               .type = given("Type", before.type),
               .tier = {},
               .dataType = given("DataType", first ? "text" : before.dataType),
               .keyId = {},
               .description = given("Description", before.description),
               .allowedPattern = given("AllowedPattern", before.allowedPattern),
               .policies = given("Policies", before.policies),
               .user = "arn:aws:iam::" + context_.scope.account + ":user/" + context_.principal,
               .modified = toWholeMillis(deps_.clock.now()),
               .value = plain_};
  if (next.dataType.empty()) next.dataType = "text";
  if (next.secure()) next.keyId = given("KeyId", first ? kDefaultKey : before.keyId);
  if (!next.secure() && input_.contains("KeyId"))
    return invalid("KeyId is not required for " + next.type + " type parameter.");
  auto tier = tierOf(textOf(input_, "Tier"), before.tier, plain_, !next.policies.empty());
  if (!tier.ok()) return tier.error();
  next.tier = std::move(*tier);
  if (auto bad = checkValue(next, plain_)) return *bad;
  if (auto bad = seal(parameter, next)) return *bad;
  return next;
}

Refusal Put::seal(const Parameter& parameter, Version& version) const {
  if (!version.secure()) return std::nullopt;
  if (sealer_ == nullptr)
    return fromError({Code::kConflict, "writing a parameter whose type another call changed"});
  auto sealed = sealer_->seal(sealedFor(parameter, version.number), plain_);
  if (!sealed.ok()) return vaultFailed(sealed.error());
  version.value = toBase64(*sealed);
  return std::nullopt;
}

Refusal Put::dropOldest(store::Txn& txn, const Parameter& parameter) const {
  auto notes = txn.scanNotes(parameter.key(),
                             {.prefix = std::string(kVersionNotes), .from = {}, .before = {}},
                             kMostVersions, store::Order::kAscending);
  if (!notes.ok()) return fromError(notes.error());
  if (notes->size() < kMostVersions) return std::nullopt;
  auto oldest = fromNote(notes->front().value);
  if (!oldest.ok()) return fromError(oldest.error());
  for (const auto& [label, number] : parameter.labels) {
    if (number != oldest->number) continue;
    return ServiceError{
        "ParameterMaxVersionLimitExceeded",
        "You attempted to create a new version of " + parameter.name +
            " by calling the PutParameter API with the overwrite flag. Version " +
            std::to_string(number) +
            ", the oldest version, can't be deleted because it has a label associated with it. "
            "Move the label to another version of the parameter, and try again."};
  }
  if (auto gone = txn.eraseNote(parameter.key(), notes->front().name); !gone.ok())
    return fromError(gone.error());
  return std::nullopt;
}

Answer Put::commit(store::Txn& txn) const {
  const std::string name = textOf(input_, "Name");
  auto existing = findParameter(txn, context_.scope, name);
  if (!existing.ok()) return existing.error();
  if (auto bad = checkExisting(*existing)) return *bad;
  Parameter parameter = existing->value_or(
      Parameter{.scope = context_.scope, .name = name, .latest = {}, .labels = {}, .tags = {}});
  auto version = nextVersion(parameter);
  if (!version.ok()) return version.error();
  if (auto full = dropOldest(txn, parameter)) return *full;
  for (const json& tag : listOf(input_, "Tags"))
    parameter.tags[textOf(tag, "Key")] = textOf(tag, "Value");
  const std::string note = toNote(*version);
  parameter.latest = std::move(*version);
  const auto resource = toResource(parameter);
  auto written = *existing ? txn.update(resource, store::Half::kSpec) : txn.create(resource);
  if (!written.ok()) return fromError(written.error());
  auto noted = txn.putNote(parameter.key(), versionNote(parameter.latest.number), note);
  if (!noted.ok()) return fromError(noted.error());
  emitChange(txn, parameter, *existing ? "Update" : "Create", parameter.latest.modified);
  return json{{"Version", parameter.latest.number}, {"Tier", parameter.latest.tier}};
}

Answer Put::run() {
  if (auto bad = checkPut(input_)) return *bad;
  if (auto bad = takeKeyIfNeeded()) return *bad;
  return transact(deps_.store, [this](store::Txn& txn) { return commit(txn); });
}

}  // namespace

void addPutOperations(Operations& operations, const Deps& deps) {
  operations["PutParameter"] = [deps](const json& input, const CallContext& context) {
    return Put(deps, input, context).run();
  };
}

}  // namespace kiln::api::ssm
