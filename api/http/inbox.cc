#include "api/http/inbox.h"

#include <algorithm>
#include <utility>

namespace kiln::api {
namespace {

constexpr std::size_t kFirstSize = 8 << 10;

}  // namespace

SocketEnd Inbox::fill(std::size_t most, Millis patience) {
  if (begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(size_), buffer_.begin());
    size_ -= std::exchange(begin_, 0);
  }
  if (size_ == buffer_.size() || buffer_.size() < kFirstSize)
    buffer_.resize(std::min(std::max(2 * size_, kFirstSize), std::max(most, size_ + 1)));
  const auto got = socket_.receive(std::span(buffer_).subspan(size_), patience);
  size_ += got.size;
  return got.end;
}

}  // namespace kiln::api
