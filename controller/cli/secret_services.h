// SecretServices: Parameter Store and Secrets Manager, which keep their values in the vault.
//
// Owner: Services. start() says in the log when the vault cannot be used, and begins to remove deleted secrets whose recovery window has
// passed, every hour. Handlers run on any thread.
#pragma once

#include <memory>

#include "api/http/router.h"
#include "api/model/json_service.h"
#include "controller/core/clock.h"
#include "controller/engine/periodic.h"
#include "store/store.h"
#include "store/vault/vault.h"

namespace kiln::cli {

class SecretServices {
 public:
  SecretServices(store::Store& store, store::Vault& vault, const Clock& clock);

  void start();
  void addRoutes(api::Router& router);

 private:
  void removeExpired();

  store::Store& store_;
  store::Vault& vault_;
  const Clock& clock_;
  api::JsonService secretsmanager_;
  api::JsonService ssm_;
  std::unique_ptr<engine::Periodic> removal_;
};

}  // namespace kiln::cli
