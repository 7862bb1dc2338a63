// The Secrets Manager operations. A secret is a resource, its versions' values are notes of it, sealed by the vault before they reach the
// store.
//
// Owner: main(), which gives the table to a JsonService. The handlers keep references to `deps`; any thread may call them.
// Failure: ServiceError with AWS's shapes and words. Resource policies are stored and shown, not enforced; replication and rotation are not
// implemented and say so.
#pragma once

#include "api/model/operation.h"
#include "controller/core/clock.h"
#include "store/store.h"
#include "store/vault/vault.h"

namespace kiln::api::secrets {

struct Deps {
  store::Store& store;
  store::Vault& vault;
  const Clock& clock;
};

Operations secretsOperations(Deps deps);

// Removes the secrets whose recovery window has passed, of all regions. They are not found any more before that; this frees their room.
Status removeExpired(store::Store& store, const Clock& clock);

}  // namespace kiln::api::secrets
