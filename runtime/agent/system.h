// The system calls the agent uses, with errors that say what was attempted. Values and free functions; failure is a Status.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "controller/core/result.h"

namespace kiln::agent {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

std::int64_t nowMicros();

// "<attempted>: <text of errno>"; a full disk is kResourceExhausted.
Error systemError(const std::string& attempted);

Status makeDirectories(const std::string& path);
// Replaces the file by a new one (a process that still reads the old one is not disturbed); makes its directory.
Status writeFile(const std::string& path, std::string_view content);
// Adds whole lines; starts a new line if the file's last one was not ended.
Status appendLines(const std::string& path, std::string_view lines);
// All that is in a file, wherever its descriptor stands.
Result<std::string> readAll(int fd, const std::string& name);
Status writeAll(int fd, std::string_view bytes, const std::string& name);
Status setNonBlocking(int fd);

}  // namespace kiln::agent
