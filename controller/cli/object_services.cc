#include "controller/cli/object_services.h"

namespace kiln::cli {

Status ObjectServices::start() {
  auto opened =
      store::openObjectStore({.directory = settings_.store.directory / "objects"}, store_, clock_);
  if (!opened.ok()) return opened.error();
  objects_ = std::move(*opened);
  s3_ = std::make_unique<api::s3::S3Service>(*objects_, clock_);
  return okStatus();
}

void ObjectServices::addRoutes(api::Router& router) {
  router.addAction(sts_.version(), [this](api::Request& request) { return sts_.handle(request); });
  router.setFallback([this](api::Request& request) { return s3_->handle(request); },
                     &api::s3::S3Service::claims);
}

}  // namespace kiln::cli
