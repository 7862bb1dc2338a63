// StopSignal: said once, seen at once by every thread that asks, and by every poll() that has its descriptor.
//
// Owner: the server; outlives its connections. Any thread.
#pragma once

#include <atomic>

namespace kiln::api {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void raise();
  bool raised() const { return raised_; }
  // Readable from the moment it is raised.
  int descriptor() const { return descriptor_; }

 private:
  std::atomic<bool> raised_ = false;
  int descriptor_;
};

}  // namespace kiln::api
