// SecretServices: Parameter Store and Secrets Manager, and the vault that both keep their values in.
//
// Owner: Services. start() says in the log when the vault cannot be used, and begins to remove deleted secrets whose recovery window has
// passed, every hour. Handlers run on any thread.
#pragma once

#include <memory>

#include "api/http/router.h"
#include "api/model/json_service.h"
#include "config/settings.h"
#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "controller/engine/periodic.h"
#include "store/store.h"
#include "store/vault/vault.h"

namespace kiln::cli {

class SecretServices {
 public:
  SecretServices(const config::Settings& settings, store::Store& store, const Clock& clock);

  void start();
  void addRoutes(api::Router& router);
  // Is the key there under which values are sealed?
  Status check() const { return vault_.check(); }

 private:
  void removeExpired();

  store::Store& store_;
  const Clock& clock_;
  store::Vault vault_;
  api::JsonService secretsmanager_;
  api::JsonService ssm_;
  std::unique_ptr<engine::Periodic> removal_;
};

}  // namespace kiln::cli
