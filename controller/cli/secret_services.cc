#include "controller/cli/secret_services.h"

#include <spdlog/spdlog.h>

#include "api/http/json_handler.h"
#include "api/secretsmanager/secretsmanager.h"
#include "api/ssm/ssm.h"

namespace kiln::cli {
namespace {

constexpr Minutes kRemoval{60};

}  // namespace

SecretServices::SecretServices(store::Store& store, store::Vault& vault, const Clock& clock)
    : store_(store),
      vault_(vault),
      clock_(clock),
      secretsmanager_("secretsmanager", api::secrets::secretsOperations({store, vault_, clock})),
      ssm_("ssm", api::ssm::ssmOperations({store, vault_, clock})) {}

void SecretServices::removeExpired() {
  if (auto done = api::secrets::removeExpired(store_, clock_); !done.ok())
    spdlog::warn("event=secret-removal-failed error=\"{}\"", done.error().message);
}

void SecretServices::start() {
  if (auto vault = vault_.check(); !vault.ok())
    spdlog::error("event=vault-unusable error=\"{}\"", vault.error().message);
  removeExpired();
  removal_ = std::make_unique<engine::Periodic>("secret-removal", kRemoval,
                                                [this](std::stop_token) { removeExpired(); });
}

void SecretServices::addRoutes(api::Router& router) {
  router.addTarget(secretsmanager_.targetPrefix(), api::jsonHandler(secretsmanager_));
  router.addTarget(ssm_.targetPrefix(), api::jsonHandler(ssm_));
}

}  // namespace kiln::cli
