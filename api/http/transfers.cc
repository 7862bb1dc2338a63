#include "api/http/transfers.h"

#include <spdlog/spdlog.h>

#include <system_error>
#include <thread>

namespace kiln::api {
namespace {

constexpr int kMostAtOnce = 1000;

}  // namespace

bool Transfers::run(std::function<void()> work) {
  {
    std::lock_guard lock(mu_);
    if (interrupted_ || running_ >= kMostAtOnce) return false;
    ++running_;
  }
  try {
    std::thread([this, work = std::move(work)]() mutable {
      work();
      work = nullptr;
      ended();
    }).detach();
    return true;
  } catch (const std::system_error& error) {
    spdlog::error("event=no_thread_for_transfer what=\"{}\"", error.what());
    ended();
    return false;
  }
}

void Transfers::watch(const std::shared_ptr<Interruptible>& channel) {
  {
    std::lock_guard lock(mu_);
    channels_.remove_if([](const auto& known) { return known.expired(); });
    channels_.push_back(channel);
    if (!interrupted_) return;
  }
  channel->interrupt();
}

void Transfers::interrupt() {
  std::list<std::weak_ptr<Interruptible>> channels;
  {
    std::lock_guard lock(mu_);
    interrupted_ = true;
    channels.swap(channels_);
  }
  for (const auto& known : channels) {
    if (const auto channel = known.lock()) channel->interrupt();
  }
}

void Transfers::wait() {
  std::unique_lock lock(mu_);
  changed_.wait(lock, [this] { return running_ == 0; });
}

void Transfers::ended() {
  std::lock_guard lock(mu_);
  --running_;
  changed_.notify_all();
}

}  // namespace kiln::api
