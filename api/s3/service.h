// S3Service: S3 behind one Handler: finds the operation, reads and checks its input, calls it, shapes its answer or error.
//
// Owner: main(); ObjectStore and clock outlive it. Any thread. Authentication is off: signatures are not verified, anybody may do
// anything; a presigned URL that has expired is refused.
#pragma once

#include <memory>

#include "api/http/request.h"
#include "api/http/response.h"
#include "controller/core/clock.h"
#include "store/objects/object_store.h"

namespace kiln::api::s3 {

class S3Service {
 public:
  S3Service(store::ObjectStore& objects, const Clock& clock);
  ~S3Service();

  Response handle(Request& request) const;
  // Is the request for a bucket's virtual host? Such requests are S3's whatever their path.
  static bool claims(const Request& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::api::s3
