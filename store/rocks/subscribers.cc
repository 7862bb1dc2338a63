#include "store/rocks/subscribers.h"

#include <iterator>
#include <utility>

namespace kiln::store {

class Subscribers::Held final : public Subscription {
 public:
  explicit Held(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() override {
    std::lock_guard lock(listener_->calling);
    listener_->active = false;
  }

 private:
  std::shared_ptr<Listener> listener_;
};

std::unique_ptr<Subscription> Subscribers::add(std::function<void(const Change&)> listener) {
  auto held = std::make_shared<Listener>();
  held->call = std::move(listener);
  std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [](const auto& known) { return known.expired(); });
  listeners_.push_back(held);
  return std::make_unique<Held>(std::move(held));
}

void Subscribers::publish(std::vector<Change> changes) {
  std::lock_guard lock(mutex_);
  std::move(changes.begin(), changes.end(), std::back_inserter(line_));
}

void Subscribers::tell() {
  std::unique_lock lock(mutex_);
  if (telling_) return;
  telling_ = true;
  while (!line_.empty()) {
    const auto changes = std::exchange(line_, {});
    const auto listeners = listeners_;
    lock.unlock();
    for (const auto& change : changes) {
      for (const auto& known : listeners) {
        const auto listener = known.lock();
        if (!listener) continue;
        std::lock_guard calling(listener->calling);
        if (listener->active) listener->call(change);
      }
    }
    lock.lock();
  }
  telling_ = false;
}

}  // namespace kiln::store
