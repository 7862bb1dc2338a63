// STS: who am I, and credentials for a while. Authentication is off: any role may be assumed by anybody, and the credentials are of the
// real ones' shape but open nothing.
//
// A session token says in itself whose it is, so nothing is stored. Owner: main(); the clock outlives it. Any thread.
#pragma once

#include <memory>

#include "api/http/request.h"
#include "api/http/response.h"
#include "controller/core/clock.h"

namespace kiln::api::sts {

class StsService {
 public:
  explicit StsService(const Clock& clock);
  ~StsService();

  const std::string& version() const;  // for Router::addAction
  Response handle(Request& request) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::api::sts
