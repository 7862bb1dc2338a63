// Git over smart HTTP: /v1/repos/NAME for clone, fetch and push with ordinary git, any user name and password, or none.
//
// Which region's repository NAME is: that of a host git-codecommit.REGION.amazonaws.com, or of /_kiln/regions/REGION/v1/repos/NAME;
// else the signature's; us-east-1 when unsigned; and if it is not there, the one region that has it.
// Owner: main(); the routes keep references. Any thread.
#pragma once

#include "api/codecommit/deps.h"
#include "api/codecommit/git_exchange.h"
#include "api/http/router.h"

namespace kiln::api {

// `slots` and all of `deps` must outlive the router.
void addGitRoutes(Router& router, const codecommit::Deps& deps, codecommit::GitSlots& slots);

}  // namespace kiln::api
