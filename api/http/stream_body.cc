#include "api/http/stream_body.h"

#include <stdexcept>

namespace kiln::api {
namespace {

constexpr std::uint64_t kMostWaiting = 256 * 1024;
constexpr std::size_t kBlock = 4096;

using Bytes = concurrency::streams::details::basic_producer_consumer_buffer<std::uint8_t>;

}  // namespace

// Asks for more only when all that it took before is sent: that is when the writer may go on.
class StreamBody::Buffer final : public Bytes {
 public:
  explicit Buffer(StreamBody& owner) : Bytes(kBlock), owner_(&owner) {}

 private:
  pplx::task<size_t> _getn(std::uint8_t* ptr, size_t count) override {
    owner_->taken(static_cast<std::uint64_t>(std::streamoff(getpos(std::ios_base::in))));
    return Bytes::_getn(ptr, count);
  }

  StreamBody* owner_;
};

StreamBody::StreamBody() : buffer_(std::make_shared<Buffer>(*this)) {}

bool StreamBody::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kMostWaiting);
    bytes.remove_prefix(piece.size());
    {
      std::unique_lock lock(mu_);
      changed_.wait(lock, [this] { return closed_ || written_ - taken_ < kMostWaiting; });
      if (closed_) return false;
      written_ += piece.size();
    }
    buffer_->putn_nocopy(reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()).get();
    buffer_->sync().get();
  }
  std::lock_guard lock(mu_);
  return !closed_;
}

bool StreamBody::waitClosed(std::chrono::milliseconds most) {
  std::unique_lock lock(mu_);
  return changed_.wait_for(lock, most, [this] { return closed_; });
}

void StreamBody::interrupt() {
  {
    std::lock_guard lock(mu_);
    closed_ = true;
  }
  changed_.notify_all();
}

void StreamBody::finish() {
  interrupt();
  buffer_->close(std::ios_base::out).get();
}

void StreamBody::fail() {
  interrupt();
  buffer_
      ->close(std::ios_base::out,
              std::make_exception_ptr(std::runtime_error("the answer broke off")))
      .get();
}

concurrency::streams::istream StreamBody::source() const {
  return concurrency::streams::streambuf<std::uint8_t>(buffer_).create_istream();
}

void StreamBody::taken(std::uint64_t total) {
  {
    std::lock_guard lock(mu_);
    taken_ = std::max(taken_, std::min(total, written_));
  }
  changed_.notify_all();
}

}  // namespace kiln::api
