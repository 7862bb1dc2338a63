#include "api/http/server.h"

#include <malloc.h>
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

// Large bodies go back to the system when they are freed. Otherwise the allocator learns to keep blocks of their size, for each thread.
void giveLargeMemoryBack() {
  (void)::mallopt(M_MMAP_THRESHOLD, 2 << 20);
  (void)::mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

}  // namespace

struct HttpServer::Impl {
  Impl(const Router& router, std::string account, int atOnce, const HttpLimits& limits)
      : calls(atOnce), bodies(limits.bodies), context{router, std::move(account),
                                                      limits, stop,
                                                      calls,  bodies} {}

  StopSignal stop;
  std::counting_semaphore<> calls;
  BodyBudget bodies;
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
  giveLargeMemoryBack();
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
