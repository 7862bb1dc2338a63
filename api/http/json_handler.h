// jsonHandler: a JsonService as a route of the Router. `service` must outlive the router. Any thread.
#pragma once

#include "api/http/router.h"
#include "api/model/json_service.h"

namespace kiln::api {

// For router.addTarget(service.targetPrefix(), ...): answers `<prefix>.<Operation>`.
Handler jsonHandler(const JsonService& service);

}  // namespace kiln::api
