#include "api/http/io_threads.h"

#include <utility>  // boost::asio uses std::exchange without it

#include <openssl/crypto.h>
#include <pplx/threadpool.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <vector>

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

// Ends before cpprestsdk's pool, OpenSSL and the logger do, because it is made after them: no thread runs into the destruction of what it
// uses.
class IoThreads {
 public:
  IoThreads() {
    (void)spdlog::default_logger_raw();
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);
    crossplat::threadpool::initialize_with_threads(0);
    const unsigned count = std::clamp(std::thread::hardware_concurrency(), 2U, 8U);
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back([] { run(service()); });
  }

  ~IoThreads() {
    service().stop();
    for (auto& thread : threads_) thread.join();
  }

 private:
  static boost::asio::io_service& service() {
    return crossplat::threadpool::shared_instance().service();
  }

  std::vector<std::thread> threads_;
};

}  // namespace

void ensureIoThreads() { static IoThreads threads; }

}  // namespace kiln::api
