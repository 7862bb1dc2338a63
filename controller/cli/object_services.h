// ObjectServices: S3 and STS as part of the daemon: the object store, their operations and routes.
//
// Owner: Services. start() opens the object store, before the first request; addRoutes() comes after it.
#pragma once

#include <memory>

#include "api/http/router.h"
#include "api/s3/service.h"
#include "api/sts/sts.h"
#include "config/settings.h"
#include "controller/core/clock.h"
#include "controller/core/result.h"
#include "store/objects/object_store.h"
#include "store/store.h"

namespace kiln::cli {

class ObjectServices {
 public:
  ObjectServices(const config::Settings& settings, store::Store& store, const Clock& clock)
      : settings_(settings), store_(store), clock_(clock), sts_(clock) {}

  Status start();
  void addRoutes(api::Router& router);

 private:
  const config::Settings& settings_;
  store::Store& store_;
  const Clock& clock_;
  std::unique_ptr<store::ObjectStore> objects_;
  std::unique_ptr<api::s3::S3Service> s3_;
  api::sts::StsService sts_;
};

}  // namespace kiln::cli
