// CodecommitService: CodeCommit as part of the daemon: the repositories, the operations and git over HTTP.
//
// Owner: Services. start() settles what a crash left, before the first request.
#pragma once

#include "api/codecommit/git_http.h"
#include "api/http/router.h"
#include "api/model/json_service.h"
#include "config/settings.h"
#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "store/repositories/repositories.h"

namespace kiln::cli {

class CodecommitService {
 public:
  CodecommitService(const config::Settings& settings, store::Store& store, const Clock& clock);

  Status start() { return repositories_.start(); }
  void addRoutes(api::Router& router);

 private:
  store::Repositories repositories_;
  api::codecommit::Deps deps_;
  api::codecommit::GitSlots slots_;
  api::JsonService service_;
};

}  // namespace kiln::cli
