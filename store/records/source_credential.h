// SourceCredential: what a git host is asked with when a source names nothing of its own (facts §5.9): one of each server type in a scope.
// And its record: {"serverType", "authType", "username", "resource", "token": hexadecimal digits}.
//
// The token is here only as the vault's Sealer made it for sealedFor(); a credential that refers to a secret or a connection has none.
// Pure functions, any thread. kCorrupt on text that is not a credential.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/ids.h"
#include "controller/core/result.h"
#include "store/store.h"

namespace kiln::store {

// Source types with credentials, in order; each is its own server type.
inline constexpr std::array<std::string_view, 5> kCredentialServers = {
    "BITBUCKET", "GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED"};

struct SourceCredential {
  Scope scope;
  std::string serverType;  // of kCredentialServers
  std::string authType;    // BASIC_AUTH, PERSONAL_ACCESS_TOKEN, CODECONNECTIONS, SECRETS_MANAGER
  std::string username;    // of BASIC_AUTH
  std::string resource;    // of CODECONNECTIONS and SECRETS_MANAGER: the ARN
  std::string sealedToken;
  std::uint64_t resourceVersion = 0;

  ResourceKey key() const;
  std::string arn() const;  // facts §5.1
};

Result<SourceCredential> toSourceCredential(const Resource& resource);
Resource toResource(const SourceCredential& credential);

// What the token is sealed for: it opens for no other credential.
std::string sealedFor(const SourceCredential& credential);

// The record of a server type; and the one an ARN of any scope names, nullopt when it is not of the form.
ResourceKey sourceCredentialKey(const Scope& scope, std::string_view serverType);
std::optional<ResourceKey> sourceCredentialKeyOf(std::string_view arn);

}  // namespace kiln::store
