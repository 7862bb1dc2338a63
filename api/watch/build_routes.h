// /_kiln/builds and what is under it: the list, one build, its log. See watch_routes.h for the addresses.
#pragma once

#include "api/watch/watch_routes.h"

namespace kiln::api {

// `deps` outlives the answer, its stream included.
Response routeBuilds(const WatchDeps& deps, const Request& request);

}  // namespace kiln::api
