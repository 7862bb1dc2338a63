#include "api/http/body_source.h"

#include <algorithm>
#include <vector>

namespace kiln::api {
namespace {

constexpr std::size_t kLeast = 512;
constexpr std::size_t kPiece = 64 * 1024;

class Collector : public std::enable_shared_from_this<Collector> {
 public:
  Collector(BodyBuffer buffer, BodySize size, std::function<void(BodyEnd, std::string)> done)
      : buffer_(std::move(buffer)),
        limit_(size.most),
        done_(std::move(done)),
        piece_(std::clamp(size.expected, kLeast, kPiece)) {}

  void next() {
    auto self = shared_from_this();
    buffer_.getn(piece_.data(), piece_.size()).then([self](const pplx::task<std::size_t>& read) {
      try {
        self->add(read.get());
      } catch (const std::exception&) {
        self->done_(BodyEnd::kBroken, {});
      }
    });
  }

 private:
  void add(std::size_t size) {
    if (size == 0) {
      done_(tooLong_ ? BodyEnd::kTooLong : BodyEnd::kWhole, std::move(body_));
      return;
    }
    tooLong_ = tooLong_ || size > limit_ - body_.size();
    if (tooLong_)
      body_ = {};
    else
      body_.append(reinterpret_cast<const char*>(piece_.data()), size);
    next();
  }

  BodyBuffer buffer_;
  const std::size_t limit_;
  const std::function<void(BodyEnd, std::string)> done_;
  std::vector<std::uint8_t> piece_;
  std::string body_;
  bool tooLong_ = false;
};

}  // namespace

void collectBody(BodyBuffer buffer, BodySize size, std::function<void(BodyEnd, std::string)> done) {
  std::make_shared<Collector>(std::move(buffer), size, std::move(done))->next();
}

Result<std::string> StreamedBody::read(std::size_t most) {
  try {
    std::string bytes(std::clamp<std::size_t>(most, 1, kPiece), '\0');
    bytes.resize(buffer_.getn(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()).get());
    if (interrupted_)
      return Error{Code::kUnavailable, "the request body was cut off: the server stops"};
    if (bytes.empty() && missing_ > 0)
      return Error{Code::kUnavailable, "the request body broke off: the client is gone"};
    missing_ -= std::min(missing_, bytes.size());
    return bytes;
  } catch (const std::exception& thrown) {
    return Error{Code::kUnavailable, std::string("the request body broke off: ") + thrown.what()};
  }
}

void StreamedBody::discardRest() {
  for (auto piece = read(kPiece); piece.ok() && !piece->empty();) piece = read(kPiece);
}

void StreamedBody::interrupt() {
  interrupted_ = true;
  buffer_.close(std::ios_base::out);  // a read that waits ends
}

}  // namespace kiln::api
