// RawConnection: a connection that began as HTTP and carries raw bytes both ways since the engine answered 101 (Docker) or 200
// (Podman). Movable, closes itself.
#pragma once

#include <string>

#include "runtime/docker/endpoint.h"

namespace kiln::runtime {

class RawConnection {
 public:
  // POST `path` with `Upgrade: tcp` and `body` (JSON; may be empty). Any other answer is the engine's error: 404 kNotFound, 409 kConflict, 400
  // kInvalidArgument, otherwise kUnavailable; so is silence for longer than `limit`, which also bounds later writes.
  static Result<RawConnection> post(const Endpoint& endpoint, const std::string& path,
                                    const std::string& body, Millis limit);

  RawConnection(RawConnection&& other) noexcept;
  RawConnection& operator=(RawConnection&&) = delete;
  ~RawConnection();

  int fd() const { return fd_; }
  std::string takeRest() {
    return std::move(rest_);
  }  // raw bytes that came together with the answer

 private:
  explicit RawConnection(int fd) : fd_(fd) {}

  int fd_;
  std::string rest_;
};

}  // namespace kiln::runtime
