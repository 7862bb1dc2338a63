#include "controller/engine/key_loop.h"

#include <spdlog/spdlog.h>

#include <exception>
#include <random>
#include <utility>

namespace kiln::engine {

KeyLoop::KeyLoop(const Clock& clock, Options options, Work work)
    : options_(std::move(options)),
      work_(std::move(work)),
      queue_(clock),
      backoff_(options_.backoffBase, options_.backoffCap, std::random_device{}()) {
  for (int i = 0; i < options_.workers; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) {
      while (auto key = queue_.get()) handle(*key, stop);
    });
  }
}

KeyLoop::~KeyLoop() {
  queue_.shutDown();
  for (auto& thread : threads_) thread.request_stop();
}

bool KeyLoop::step() {
  auto key = queue_.tryGet();
  if (!key) return false;
  handle(*key, {});
  return true;
}

void KeyLoop::handle(const ResourceKey& key, const std::stop_token& stop) {
  auto done = [&]() -> Result<Again> {
    try {
      return work_(key, stop);
    } catch (const std::exception& e) {
      return Error{Code::kUnavailable, std::string("it threw: ") + e.what()};
    }
  }();
  if (done.ok()) {
    backoff_.forget(key);
    if (*done) queue_.addAfter(key, **done);
  } else if (!stop.stop_requested()) {
    const std::string kind(name(done.error().code));  // messages may differ by a request's id alone
    const bool news = backoff_.lastError(key) != kind;
    const Millis delay = backoff_.next(key, kind);
    spdlog::log(news ? spdlog::level::warn : spdlog::level::debug,
                "event={}-failed key={} code=\"{}\" again_ms={} error=\"{}\"", options_.name,
                key.name, kind, delay.count(), done.error().message);
    queue_.addAfter(key, delay);
  }
  queue_.done(key);
}

}  // namespace kiln::engine
