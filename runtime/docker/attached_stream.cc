#include "runtime/docker/attached_stream.h"

#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "runtime/docker/frames.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kReadSize = 256 * 1024;

class DockerStream final : public AttachedStream {
 public:
  DockerStream(RawConnection connection, std::string container)
      : connection_(std::move(connection)),
        container_(std::move(container)),
        rest_(connection_.takeRest()) {}

  Result<std::string> read() override;
  Status write(std::string_view bytes) override;
  void close() override {
    closed_ = true;
    ::shutdown(connection_.fd(),
               SHUT_RDWR);  // wakes a blocked read; the descriptor itself lives as long as we do
  }

 private:
  Result<std::string> ended(int wrong) const;

  RawConnection connection_;
  const std::string container_;
  std::atomic<bool> closed_ = false;
  std::mutex writing_;
  // The reader's own.
  std::string rest_;
  std::string buffer_;
  FrameReader frames_;
};

Result<std::string> DockerStream::ended(int wrong) const {
  if (closed_ || (wrong == 0 && frames_.atBorder())) return std::string();
  return Error{Code::kUnavailable,
               "reading from " + container_ + ": " +
                   (wrong == 0 ? "the stream ended inside a frame" : std::strerror(wrong))};
}

Result<std::string> DockerStream::read() {
  buffer_.resize(kReadSize);
  std::string out;
  for (;;) {
    std::string_view bytes = rest_;
    if (rest_.empty()) {
      auto got = ::recv(connection_.fd(), buffer_.data(), buffer_.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return ended(got < 0 ? errno : 0);
      bytes = std::string_view(buffer_).substr(0, static_cast<std::size_t>(got));
      out.reserve(bytes.size());
    }
    if (!frames_.push(bytes, out)) {
      return Error{Code::kInternal, "reading from " + container_ + ": the engine sent no frames"};
    }
    rest_.clear();
    if (!out.empty()) return out;
  }
}

Status DockerStream::write(std::string_view bytes) {
  std::lock_guard lock(writing_);
  while (!bytes.empty()) {
    auto sent = ::send(connection_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) {
      bool late = errno == EAGAIN || errno == EWOULDBLOCK;
      return Error{Code::kUnavailable, "writing to " + container_ + ": " +
                                           (late ? "it takes no input" : std::strerror(errno))};
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return okStatus();
}

}  // namespace

std::unique_ptr<AttachedStream> makeAttachedStream(RawConnection connection,
                                                   std::string container) {
  return std::make_unique<DockerStream>(std::move(connection), std::move(container));
}

}  // namespace kiln::runtime
