// Services: the AWS services beside CodeBuild, embedded on the same port: what they keep their data in, and their routes.
//
// Owner: the daemon, which makes it before the HTTP server and destroys it after. start() does what must be done before the first
// request (leftovers of a crash). Handlers run on any thread.
#pragma once

#include <memory>

#include "api/http/router.h"
#include "config/settings.h"
#include "controller/cli/build_logs.h"
#include "controller/cli/codecommit_service.h"
#include "controller/cli/object_services.h"
#include "controller/cli/secret_services.h"
#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "store/store.h"
#include "store/vault/vault.h"

namespace kiln::cli {

class Services {
 public:
  Services(const config::Settings& settings, store::Store& store, BuildLogs& logs,
           store::Vault& vault, const Clock& clock);
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  Status start();
  void addRoutes(api::Router& router);

 private:
  struct Logs;

  const config::Settings& settings_;
  store::Store& store_;
  const Clock& clock_;
  CodecommitService codecommit_;
  ObjectServices objects_;
  SecretServices secrets_;
  std::unique_ptr<Logs> logs_;
};

}  // namespace kiln::cli
