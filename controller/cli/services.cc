#include "controller/cli/services.h"

namespace kiln::cli {

Services::Services(const config::Settings &settings, store::Store &store,
                   const Clock &clock)
    : settings_(settings), store_(store), clock_(clock),
      secrets_(settings, store, clock) {}

Services::~Services() = default;

Status Services::start() {
  secrets_.start();
  return okStatus();
}

void Services::addRoutes(api::Router &router) { secrets_.addRoutes(router); }

} // namespace kiln::cli
