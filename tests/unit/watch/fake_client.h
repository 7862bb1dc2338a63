// A client of a streaming answer, and the answer running on a thread of its own as the server gives it one.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "api/http/response.h"

namespace kiln::api {

// A client: takes what is written, may stop reading for a while, may go away.
class FakeClient final : public BodyWriter {
 public:
  bool write(std::string_view bytes) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reading_ || closed_; });
    if (closed_) return false;
    text_ += bytes;
    changed_.notify_all();
    return true;
  }
  bool waitClosed(std::chrono::milliseconds most) override {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, most, [this] { return closed_; });
  }
  void stopReading() { set(reading_, false); }
  void goOnReading() { set(reading_, true); }
  void leave() { set(closed_, true); }

  std::string text() const {
    std::lock_guard lock(mutex_);
    return text_;
  }
  // Waits until what came satisfies `enough`; false when it does not in time.
  template <typename Enough>
  bool waitFor(Enough enough, std::chrono::milliseconds most = std::chrono::seconds(60)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, most, [&] { return enough(text_); });
  }
  bool waitForText(const std::string& part,
                   std::chrono::milliseconds most = std::chrono::seconds(60)) {
    return waitFor([&](const std::string& text) { return text.find(part) != std::string::npos; },
                   most);
  }
  bool waitForLines(std::size_t count) {
    return waitFor([&](const std::string& text) {
      return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) >= count;
    });
  }

 private:
  void set(bool& flag, bool value) {
    std::lock_guard lock(mutex_);
    flag = value;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  bool reading_ = true;
  bool closed_ = false;
};

// A stream of an answer, running on a thread of its own as the server gives it.
class Running {
 public:
  explicit Running(Response response) : stream_(std::move(response.stream)) {
    thread_ = std::thread([this] { stream_(client); });
  }
  ~Running() { end(); }
  void end() {
    client.leave();
    join();
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  FakeClient client;

 private:
  std::function<void(BodyWriter&)> stream_;
  std::thread thread_;
};

}  // namespace kiln::api
