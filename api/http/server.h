// HttpServer: one port, several addresses. A thread for each connection; every wait of it is bounded, or ends with stop().
//
// Owner: main(). start() returns once the first address listens; listenAlso() may be called later (the engine's bridge address
// appears when the engine does). stop() ends listening, fails what waits for a client, gives answers that are under way a moment, and
// returns when every handler has. Handlers run on their connection's thread; at most `calls` JSON and form calls at once.
// Failure: kUnavailable when an address cannot be bound, with the address and the system's reason.
#pragma once

#include <memory>
#include <string>

#include "api/http/limits.h"
#include "api/http/router.h"
#include "config/settings.h"
#include "controller/core/result.h"

namespace kiln::api {

class HttpServer {
 public:
  HttpServer(const Router& router, std::string account, int calls, const HttpLimits& limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  Status start(const std::string& host, int port);
  Status listenAlso(const std::string& host);
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::api
