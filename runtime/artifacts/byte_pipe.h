// BytePipe: bytes that one thread hands to another, a few MiB at most under way.
//
// One writer, one reader. Closing it, from any thread, ends both: the writer's push and the reader's pop answer kUnavailable.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/result.h"

namespace kiln::runtime {

class BytePipe {
 public:
  // Waits while the pipe is full.
  Status push(std::string_view bytes);
  // Nothing more comes, for this reason: the reader gets what is under way first.
  void end(Status how);
  // What is under way, at least one byte; "" at the end.
  Result<std::string> pop();
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string waiting_;
  std::optional<Status> ended_;
  bool closed_ = false;
};

}  // namespace kiln::runtime
