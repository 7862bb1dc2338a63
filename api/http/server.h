// HttpServer: one port, several addresses. The only user of cpprestsdk.
//
// Owner: main(). start() returns once the first address listens; listenAlso() may be called later (the engine's bridge address
// appears when the engine does). stop() ends listening, lets running handlers finish and ends streams. Handlers run on the
// server's pool (`threads`); each streaming answer has a thread of its own.
// Failure: kUnavailable when an address cannot be bound, with the address and the system's reason.
#pragma once

#include <memory>
#include <string>

#include "api/http/router.h"
#include "config/settings.h"
#include "controller/core/result.h"

namespace kiln::api {

class HttpServer {
 public:
  HttpServer(const Router& router, std::string account, int threads);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  Status start(const std::string& host, int port);
  Status listenAlso(const std::string& host);
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kiln::api
