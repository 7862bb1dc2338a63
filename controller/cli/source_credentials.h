// SourceCredentials: what a build's git sources are asked with: its own auth first, else what was imported for its type (facts §5.9).
//
// Tokens come sealed from the store and are opened here, secrets come from Secrets Manager, embedded or elsewhere; neither is in any message.
// Owner: BuildSources; what it is given outlives it. Threads: any, but not inside a commit of the store.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "controller/core/ids.h"
#include "runtime/aws/aws_client.h"
#include "runtime/aws/endpoints.h"
#include "runtime/source/source_spec.h"
#include "store/records/source_credential.h"
#include "store/store.h"
#include "store/vault/vault.h"

namespace kiln::cli {

class SourceCredentials {
 public:
  using Found = runtime::SourceResult<std::optional<runtime::GitCredentials>>;

  SourceCredentials(store::Store& store, store::Vault& vault, runtime::AwsClient& client,
                    const runtime::Endpoints& endpoints)
      : store_(store), vault_(vault), client_(client), endpoints_(endpoints) {}

  // nullopt: the source is of a type without credentials, or there are none. What was asked for by name and cannot be used ends
  // the build; a service or a key that is away is the host's.
  Found find(const Scope& scope, const runtime::SourceSpec& spec, std::stop_token stop);

 private:
  Found ofStored(const runtime::SourceSpec& spec, const store::SourceCredential& credential,
                 std::stop_token stop);
  Found ofToken(const store::SourceCredential& credential);
  Found ofSecret(const Scope& scope, const runtime::SourceSpec& spec, const std::string& secret,
                 std::stop_token stop);

  store::Store& store_;
  store::Vault& vault_;
  runtime::AwsClient& client_;
  const runtime::Endpoints& endpoints_;
};

// A secret's text, {"ServerType", "AuthType", "Token", "Username"}, for a source of a server type. kInvalidArgument says what
// is wrong with it, without showing it.
Result<runtime::GitCredentials> credentialsInSecret(std::string_view text,
                                                    std::string_view serverType);

}  // namespace kiln::cli
