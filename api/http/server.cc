#include "api/http/server.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <cerrno>
#include <mutex>

#include "api/http/listener.h"

namespace kiln::api {
namespace {

// Each connection is a descriptor: take as many as the system allows.
void raiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    spdlog::warn("event=descriptor_limit_kept errno={}", errno);
}

}  // namespace

struct HttpServer::Impl {
  Impl(const Router& router, std::string account, int atOnce, const HttpLimits& limits)
      : calls(atOnce), context{router, std::move(account), limits, stop, calls} {}

  StopSignal stop;
  std::counting_semaphore<> calls;
  const ServerContext context;
  Connections connections{context};
  Listener listener{connections, stop};
  int port = 0;
  std::once_flag stopped;
};

HttpServer::HttpServer(const Router& router, std::string account, int calls,
                       const HttpLimits& limits)
    : impl_(std::make_unique<Impl>(router, std::move(account), calls, limits)) {}

HttpServer::~HttpServer() { stop(); }

Status HttpServer::start(const std::string& host, int port) {
  raiseDescriptorLimit();
  impl_->port = port;
  return listenAlso(host);
}

Status HttpServer::listenAlso(const std::string& host) {
  return impl_->listener.listen(host, impl_->port);
}

void HttpServer::stop() {
  std::call_once(impl_->stopped, [this] {
    impl_->stop.raise();
    impl_->listener.join();
    impl_->connections.join();
  });
}

}  // namespace kiln::api
