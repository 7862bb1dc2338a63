#include "controller/cli/codecommit_service.h"

#include "api/codecommit/codecommit.h"
#include "api/http/json_handler.h"

namespace kiln::cli {

CodecommitService::CodecommitService(const config::Settings& settings, store::Store& store,
                                     const Clock& clock)
    : repositories_(store, clock, settings.store.directory / "repositories"),
      deps_{store, repositories_, clock},
      service_("codecommit", api::codecommitOperations(deps_), api::codecommitInputCheck()) {}

void CodecommitService::addRoutes(api::Router& router) {
  router.addTarget(service_.targetPrefix(), api::jsonHandler(service_));
  api::addGitRoutes(router, deps_, slots_);
}

}  // namespace kiln::cli
