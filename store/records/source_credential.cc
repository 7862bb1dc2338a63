#include "store/records/source_credential.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "controller/core/text.h"

namespace kiln::store {
namespace {

using nlohmann::json;

constexpr const char* kKind = "source-credential";
constexpr std::string_view kArn = "arn:aws:codebuild:";
constexpr std::string_view kToken = "token/";

bool isTokenName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

ResourceKey SourceCredential::key() const { return sourceCredentialKey(scope, serverType); }

std::string SourceCredential::arn() const {
  return std::string(kArn) + scope.region + ":" + scope.account + ":" + std::string(kToken) +
         lowered(serverType);
}

Result<SourceCredential> toSourceCredential(const Resource& resource) {
  const ResourceKey& key = resource.meta.key;
  const Error corrupt{Code::kCorrupt, "reading source credentials " + key.name + " from the store"};
  try {
    const json spec = json::parse(resource.spec);
    auto token = fromHex(spec.at("token").get<std::string>());
    if (!token) return corrupt;
    return SourceCredential{.scope = key.scope,
                            .serverType = spec.at("serverType").get<std::string>(),
                            .authType = spec.at("authType").get<std::string>(),
                            .username = spec.at("username").get<std::string>(),
                            .resource = spec.at("resource").get<std::string>(),
                            .sealedToken = *std::move(token),
                            .resourceVersion = resource.meta.resourceVersion};
  } catch (const json::exception&) {
    return corrupt;
  }
}

Resource toResource(const SourceCredential& credential) {
  Resource resource;
  resource.meta.key = credential.key();
  resource.meta.resourceVersion = credential.resourceVersion;
  resource.spec = json{{"serverType", credential.serverType},
                       {"authType", credential.authType},
                       {"username", credential.username},
                       {"resource", credential.resource},
                       {"token", toHex(credential.sealedToken)}}
                      .dump();
  resource.status = "{}";
  return resource;
}

std::string sealedFor(const SourceCredential& credential) {
  return credential.arn() + "\n" + credential.authType + "\n" + credential.username;
}

ResourceKey sourceCredentialKey(const Scope& scope, std::string_view serverType) {
  return {kKind, scope, lowered(serverType)};
}

std::optional<ResourceKey> sourceCredentialKeyOf(std::string_view arn) {
  if (!arn.starts_with(kArn)) return std::nullopt;
  arn.remove_prefix(kArn.size());
  const auto region = arn.substr(0, arn.find(':'));
  arn.remove_prefix(std::min(arn.size(), region.size() + 1));
  const auto account = arn.substr(0, arn.find(':'));
  arn.remove_prefix(std::min(arn.size(), account.size() + 1));
  if (region.empty() || account.empty() || !arn.starts_with(kToken)) return std::nullopt;
  const auto name = arn.substr(kToken.size());
  if (!isTokenName(name)) return std::nullopt;
  return sourceCredentialKey({.account = std::string(account), .region = std::string(region)},
                             name);
}

}  // namespace kiln::store
