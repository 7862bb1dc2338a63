// The Parameter Store operations of Systems Manager. A parameter is a resource, its versions are notes of it; the values of SecureStrings
// are sealed by the vault before they reach the store.
//
// Owner: main(), which gives the table to a JsonService. The handlers keep references to `deps`; any thread may call them.
// Failure: ServiceError with AWS's shapes and words. Policies of advanced parameters are stored and shown, not acted on; there is no
// quota on the number of parameters.
#pragma once

#include "api/model/operation.h"
#include "controller/core/clock.h"
#include "store/store.h"
#include "store/vault/vault.h"

namespace kiln::api::ssm {

struct Deps {
  store::Store& store;
  store::Vault& vault;
  const Clock& clock;
};

Operations ssmOperations(Deps deps);

}  // namespace kiln::api::ssm
