#include "api/codebuild/source_credentials.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "api/codebuild/families.h"
#include "api/codebuild/lookup.h"
#include "api/model/json_access.h"
#include "api/model/transact.h"
#include "store/records/source_credential.h"

namespace kiln::api {
namespace {

using nlohmann::json;

bool isReference(const std::string& authType) {
  return authType == "CODECONNECTIONS" || authType == "SECRETS_MANAGER";
}

bool isArnOf(const std::string& text, std::string_view service) {
  return text.starts_with("arn:aws") && text.find(":" + std::string(service) + ":") < text.size();
}

// What the model does not say of the three, and of the name that goes with a password.
Refusal checkImport(const json& input) {
  const std::string authType = textOf(input, "authType");
  const std::string serverType = textOf(input, "serverType");
  const std::string token = textOf(input, "token");
  if (authType == "OAUTH") {
    return invalidInput(
        "Invalid authType: an OAUTH connection cannot be imported; use PERSONAL_ACCESS_TOKEN, "
        "BASIC_AUTH or SECRETS_MANAGER");
  }
  if (authType == "BASIC_AUTH" && serverType != "BITBUCKET")
    return invalidInput("Invalid authType: BASIC_AUTH is not supported for server type " +
                        serverType);
  if (authType == "BASIC_AUTH" && textOf(input, "username").empty())
    return invalidInput("Username is required");
  if (authType != "BASIC_AUTH" && input.contains("username"))
    return invalidInput("Invalid username: it is for authType BASIC_AUTH alone");
  if (authType == "SECRETS_MANAGER" && !isArnOf(token, "secretsmanager"))
    return invalidInput("Invalid token: for authType SECRETS_MANAGER it is the ARN of a secret");
  if (authType == "CODECONNECTIONS" && !isArnOf(token, "codeconnections") &&
      !isArnOf(token, "codestar-connections"))
    return invalidInput("Invalid token: for authType CODECONNECTIONS it is a connection's ARN");
  return std::nullopt;
}

template <typename Reader>
Found<std::optional<store::SourceCredential>> findCredential(Reader& reader,
                                                             const ResourceKey& key) {
  auto resource = reader.find(key);
  if (!resource.ok()) return fromError(resource.error());
  if (!*resource) return std::optional<store::SourceCredential>();
  auto credential = store::toSourceCredential(**resource);
  if (!credential.ok()) return fromError(credential.error());
  return std::optional(*std::move(credential));
}

// As it is to be stored but for its version. Before the commit, because making a key is a commit of its own.
Found<store::SourceCredential> madeFrom(const Deps& deps, const json& input, const Scope& scope) {
  store::SourceCredential credential{.scope = scope,
                                     .serverType = textOf(input, "serverType"),
                                     .authType = textOf(input, "authType"),
                                     .username = textOf(input, "username"),
                                     .resource = {},
                                     .sealedToken = {}};
  if (isReference(credential.authType)) {
    credential.resource = textOf(input, "token");
    return credential;
  }
  auto sealer = deps.vault.forSealing();
  if (!sealer.ok()) return fromError(sealer.error());
  auto sealed = (*sealer)->seal(store::sealedFor(credential), textOf(input, "token"));
  if (!sealed.ok()) return fromError(sealed.error());
  credential.sealedToken = *std::move(sealed);
  return credential;
}

Answer importCredentials(const Deps& deps, const json& input, const Scope& scope) {
  if (auto bad = checkImport(input)) return *bad;
  auto made = madeFrom(deps, input, scope);
  if (!made.ok()) return made.error();
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto existing = findCredential(txn, made->key());
    if (!existing.ok()) return existing.error();
    if (*existing && !input.value("shouldOverwrite", true)) {
      return alreadyExists("Source credentials for server type " + made->serverType +
                           " already exist: " + made->arn());
    }
    store::SourceCredential next = *made;
    if (*existing) next.resourceVersion = (*existing)->resourceVersion;
    const store::Resource resource = store::toResource(next);
    auto done = *existing ? txn.update(resource, store::Half::kSpec) : txn.create(resource);
    if (!done.ok()) return fromError(done.error());
    return json{{"arn", next.arn()}};
  });
}

Answer listCredentials(const Deps& deps, const Scope& scope) {
  json infos = json::array();
  for (const std::string_view server : store::kCredentialServers) {
    auto credential = findCredential(deps.store, store::sourceCredentialKey(scope, server));
    if (!credential.ok()) return credential.error();
    if (!*credential) continue;
    json info = {{"arn", (*credential)->arn()},
                 {"serverType", (*credential)->serverType},
                 {"authType", (*credential)->authType}};
    if (!(*credential)->resource.empty()) info["resource"] = (*credential)->resource;
    infos.push_back(std::move(info));
  }
  return json{{"sourceCredentialsInfos", std::move(infos)}};
}

Answer deleteCredentials(const Deps& deps, const json& input, const Scope& scope) {
  const std::string arn = textOf(input, "arn");
  const auto key = store::sourceCredentialKeyOf(arn);
  if (!key) return invalidInput("Invalid source credentials ARN: " + arn);
  const auto missing = notFound("Source credentials cannot be found: " + arn);
  if (key->scope != scope) return missing;
  return transact(deps.store, [&](store::Txn& txn) -> Answer {
    auto credential = findCredential(txn, *key);
    if (!credential.ok()) return credential.error();
    if (!*credential) return missing;
    auto done = txn.erase(*key, (*credential)->resourceVersion);
    if (!done.ok()) return fromError(done.error());
    return json{{"arn", arn}};
  });
}

std::string_view providerOf(const std::string& type) {
  if (type == "GITHUB") return "GitHub";
  if (type == "GITHUB_ENTERPRISE") return "GitHub Enterprise";
  if (type == "GITLAB") return "GitLab";
  if (type == "GITLAB_SELF_MANAGED") return "GitLab Self Managed";
  return type == "BITBUCKET" ? "Bitbucket" : "";
}

Refusal checkOneSource(store::Txn& txn, const Scope& scope, const json& source) {
  const std::string type = textOf(source, "type");
  const auto provider = providerOf(type);
  const json& auth = structOf(source, "auth");
  if (provider.empty() || textOf(auth, "type") != "OAUTH") return std::nullopt;
  const auto named = store::sourceCredentialKeyOf(textOf(auth, "resource"));
  auto found = txn.find(named.value_or(store::sourceCredentialKey(scope, type)));
  if (!found.ok()) return fromError(found.error());
  if (*found) return std::nullopt;
  return invalidInput("No Access token found, please visit AWS CodeBuild console to connect to " +
                      std::string(provider));
}

}  // namespace

Refusal checkStoredCredentials(store::Txn& txn, const Scope& scope, const json& given) {
  if (auto bad = checkOneSource(txn, scope, structOf(given, "source"))) return bad;
  for (const json& source : listOf(given, "secondarySources")) {
    if (auto bad = checkOneSource(txn, scope, source)) return bad;
  }
  return std::nullopt;
}

void addSourceCredentialOperations(Operations& operations, const Deps& deps) {
  operations["ImportSourceCredentials"] = [deps](const json& input, const CallContext& context) {
    return importCredentials(deps, input, context.scope);
  };
  operations["ListSourceCredentials"] = [deps](const json&, const CallContext& context) {
    return listCredentials(deps, context.scope);
  };
  operations["DeleteSourceCredentials"] = [deps](const json& input, const CallContext& context) {
    return deleteCredentials(deps, input, context.scope);
  };
}

}  // namespace kiln::api
