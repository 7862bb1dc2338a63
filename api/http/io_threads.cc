#include "api/http/io_threads.h"

#include <utility>  // boost::asio uses std::exchange without it

#include <pplx/threadpool.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <thread>

namespace kiln::api {
namespace {

void run(boost::asio::io_service& service) {
  const boost::asio::io_service::work keepRunning(service);
  while (true) {
    try {
      service.run();
      return;
    } catch (const std::exception& thrown) {
      spdlog::warn("event=http_connection_failed what=\"{}\"", thrown.what());
    } catch (...) {
      spdlog::warn("event=http_connection_failed what=unknown");
    }
  }
}

void start() {
  crossplat::threadpool::initialize_with_threads(0);
  auto& service = crossplat::threadpool::shared_instance().service();
  const unsigned count = std::clamp(std::thread::hardware_concurrency(), 2U, 8U);
  for (unsigned i = 0; i < count; ++i) {
    std::thread([&service] { run(service); }).detach();
  }
}

}  // namespace

void ensureIoThreads() {
  static std::once_flag once;
  std::call_once(once, start);
}

}  // namespace kiln::api
