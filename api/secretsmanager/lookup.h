// Finding the secret that a request names: by its name, its ARN, or its ARN without the last hyphen and six characters. Works in a commit
// (Txn) and outside (Store).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/secretsmanager/secret.h"
#include "controller/core/clock.h"
#include "store/store.h"

namespace kiln::api::secrets {

struct Candidate {
  std::string name;
  std::string suffix;  // that the secret must have; empty: any
};

// The names that `asked` may stand for, the likeliest first; none for an ARN of another scope or service.
std::vector<Candidate> candidates(const Scope& scope, std::string_view asked);

// nullopt too for one that is over.
template <typename Reader>
Found<std::optional<Secret>> findSecret(Reader& reader, const Scope& scope, const std::string& name,
                                        TimePoint now) {
  auto resource = reader.find(ResourceKey{"secret", scope, name});
  if (!resource.ok()) return fromError(resource.error());
  if (!*resource) return std::optional<Secret>();
  auto secret = toSecret(**resource);
  if (!secret.ok()) return fromError(secret.error());
  if (isOver(*secret, now)) return std::optional<Secret>();
  return std::optional(std::move(*secret));
}

// Also one that is marked for deletion; ResourceNotFoundException when there is none.
template <typename Reader>
Found<Secret> getAnySecret(Reader& reader, const Scope& scope, std::string_view asked,
                           TimePoint now) {
  for (const Candidate& candidate : candidates(scope, asked)) {
    auto secret = findSecret(reader, scope, candidate.name, now);
    if (!secret.ok()) return secret.error();
    if (*secret && (candidate.suffix.empty() || candidate.suffix == (*secret)->suffix))
      return std::move(**secret);
  }
  return secretNotFound();
}

// InvalidRequestException when it is marked for deletion.
template <typename Reader>
Found<Secret> getSecret(Reader& reader, const Scope& scope, std::string_view asked, TimePoint now) {
  auto secret = getAnySecret(reader, scope, asked, now);
  if (secret.ok() && secret->deleted) return markedForDeletion();
  return secret;
}

// Writes what was changed of it.
Refusal write(store::Txn& txn, const Secret& secret);

}  // namespace kiln::api::secrets
