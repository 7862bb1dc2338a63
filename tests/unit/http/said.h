// Said: something that one thread says and another waits for. PeakMemory: how much a test took at most.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>

namespace kiln::api {

template <typename T>
class Said {
 public:
  void say(T value) {
    std::lock_guard lock(mu_);
    value_ = value;
    changed_.notify_all();
  }
  T get() const {
    std::lock_guard lock(mu_);
    return value_;
  }
  template <typename Predicate>
  bool wait(Predicate met, std::chrono::milliseconds most = std::chrono::seconds(60)) {
    std::unique_lock lock(mu_);
    return changed_.wait_for(lock, most, [&] { return met(value_); });
  }

 private:
  mutable std::mutex mu_;
  std::condition_variable changed_;
  T value_{};
};

inline const bool kLong = [] {
  const char* text = std::getenv("KILN_TEST_LONG");
  return text != nullptr && *text != '\0' && *text != '0';
}();

// Of the whole process, from now on. Sanitizers keep what is freed, so with them it is 0.
class PeakMemory {
 public:
  PeakMemory() {
    std::ofstream("/proc/self/clear_refs") << "5";
    before_ = read();
  }

  long grown() const {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0;
#else
    return read() - before_;
#endif
  }

 private:
  static long read() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6) << 10;
    }
    return 0;
  }
  long before_ = 0;
};

}  // namespace kiln::api
