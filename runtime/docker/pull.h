// What a pull's answer means. Pure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "runtime/container_runtime.h"

namespace kiln::runtime {

// The engine's own message as an Error: kNotFound when the registry has no such image or does not let us have it,
// kInvalidArgument for a name that is none, kResourceExhausted for a full disk, kDeadlineExceeded when the registry was not
// reached, kFailedPrecondition for anything else.
Error pullError(const std::string& message);

// Turns the lines of POST /images/create into progress, one line each time a layer's step changes, and keeps the error among them.
class PullReader {
 public:
  explicit PullReader(std::function<void(const PullProgress&)> progress);
  Status take(std::string_view line);
  const std::string& error() const { return error_; }  // empty: none

 private:
  std::function<void(const PullProgress&)> progress_;
  std::map<std::string, std::string> steps_;  // by layer
  std::string error_;
};

}  // namespace kiln::runtime
