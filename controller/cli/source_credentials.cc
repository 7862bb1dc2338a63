#include "controller/cli/source_credentials.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/aws/parameters_client.h"
#include "runtime/source/source_words.h"

namespace kiln::cli {
namespace {

using nlohmann::json;

constexpr const char* kRefused = "authorization failed: ";

bool hasCredentials(std::string_view type) {
  const auto& servers = store::kCredentialServers;
  return std::find(servers.begin(), servers.end(), type) != servers.end();
}

runtime::SourceError noConnections(const runtime::SourceSpec& spec, const std::string& arn) {
  return runtime::clientError(spec, kRefused +
                                        std::string("Kiln has no CodeConnections and cannot use ") +
                                        arn + "; import a token, or name a secret");
}

// Why a secret could not be read: the service's refusal ends the build, its absence does not.
runtime::SourceError secretError(const runtime::SourceSpec& spec, const std::string& secret,
                                 const runtime::AwsError& error) {
  if (!error.awsCode.empty() && !error.retryable()) {
    return runtime::SourceError::ofBuild(
        {"Secrets Manager Error", error.awsCode + ": " + error.awsMessage});
  }
  if (error.code == Code::kInvalidArgument)
    return runtime::clientError(spec,
                                kRefused + std::string("the secret ") + secret + " holds no text");
  return runtime::SourceError::ofHost(error);
}

}  // namespace

SourceCredentials::Found SourceCredentials::find(const Scope& scope,
                                                 const runtime::SourceSpec& spec,
                                                 std::stop_token stop) {
  if (!hasCredentials(spec.type)) return std::optional<runtime::GitCredentials>();
  const auto named = store::sourceCredentialKeyOf(spec.authResource);
  if (!named && spec.authType == "SECRETS_MANAGER")
    return ofSecret(scope, spec, spec.authResource, std::move(stop));
  if (!named && spec.authType == "CODECONNECTIONS") return noConnections(spec, spec.authResource);
  auto resource = store_.find(named.value_or(store::sourceCredentialKey(scope, spec.type)));
  if (!resource.ok()) return runtime::SourceError::ofHost(resource.error());
  if (!*resource && !named) return std::optional<runtime::GitCredentials>();
  if (!*resource)
    return runtime::clientError(
        spec, "authentication required: there are no source credentials " + spec.authResource);
  auto credential = store::toSourceCredential(**resource);
  if (!credential.ok()) return runtime::SourceError::ofHost(credential.error());
  return ofStored(spec, *credential, std::move(stop));
}

SourceCredentials::Found SourceCredentials::ofStored(const runtime::SourceSpec& spec,
                                                     const store::SourceCredential& credential,
                                                     std::stop_token stop) {
  if (credential.serverType != spec.type)
    return runtime::clientError(spec, kRefused + credential.arn() + " is of server type " +
                                          credential.serverType + ", not " + spec.type);
  if (credential.authType == "SECRETS_MANAGER")
    return ofSecret(credential.scope, spec, credential.resource, std::move(stop));
  if (credential.authType == "CODECONNECTIONS") return noConnections(spec, credential.resource);
  return ofToken(credential);
}

SourceCredentials::Found SourceCredentials::ofToken(const store::SourceCredential& credential) {
  auto sealer = vault_.forOpening();
  if (!sealer.ok()) return runtime::SourceError::ofHost(sealer.error());
  auto token = (*sealer)->open(store::sealedFor(credential), credential.sealedToken);
  if (!token.ok())
    return runtime::SourceError::ofHost(
        {token.error().code,
         "reading the source credentials " + credential.arn() + ": " + token.error().message});
  return std::optional(
      runtime::GitCredentials{.user = credential.username, .secret = *std::move(token)});
}

SourceCredentials::Found SourceCredentials::ofSecret(const Scope& scope,
                                                     const runtime::SourceSpec& spec,
                                                     const std::string& secret,
                                                     std::stop_token stop) {
  runtime::ParametersClient secrets(
      client_, endpoints_.resolve(runtime::AwsService::kSsm, scope),
      endpoints_.resolve(runtime::AwsService::kSecretsManager, scope));
  runtime::SecretReference reference;
  reference.secretId = secret;
  auto text = secrets.getSecretValue(reference, std::move(stop));
  if (!text.ok()) return secretError(spec, secret, text.error());
  auto credentials = credentialsInSecret(*text, spec.type);
  if (!credentials.ok())
    return runtime::clientError(
        spec, kRefused + std::string("the secret ") + secret + " " + credentials.error().message);
  return std::optional(*std::move(credentials));
}

Result<runtime::GitCredentials> credentialsInSecret(std::string_view text,
                                                    std::string_view serverType) {
  const auto document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto wrong = [](std::string what) {
    return Error{Code::kInvalidArgument, std::move(what)};
  };
  if (!document.is_object()) return wrong("is no JSON object");
  const auto member = [&](const char* name) {
    const auto found = document.find(name);
    return found != document.end() && found->is_string() ? found->get<std::string>() : "";
  };
  const std::string server = member("ServerType");
  if (!server.empty() && server != serverType)
    return wrong("is not for server type " + std::string(serverType));
  runtime::GitCredentials credentials{.user = {}, .secret = member("Token")};
  if (credentials.secret.empty()) return wrong("has no Token");
  const std::string type = member("AuthType");
  if (type == "BASIC_AUTH") {
    credentials.user = member("Username");
    if (credentials.user.empty()) return wrong("has no Username, which AuthType BASIC_AUTH needs");
  } else if (!type.empty() && type != "PERSONAL_ACCESS_TOKEN" && type != "OAUTH") {
    return wrong("has an AuthType other than PERSONAL_ACCESS_TOKEN and BASIC_AUTH");
  }
  return credentials;
}

}  // namespace kiln::cli
