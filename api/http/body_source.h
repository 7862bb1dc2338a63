// Request bodies of cpprestsdk: collected whole without holding a thread, or read as a stream. A body has no back-pressure, so what
// nobody wants is read and thrown away. Only for sources that use cpprestsdk.
#pragma once

#include <cpprest/astreambuf.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/http/request.h"
#include "api/http/transfers.h"

namespace kiln::api {

using BodyBuffer = concurrency::streams::streambuf<std::uint8_t>;

enum class BodyEnd { kWhole, kTooLong, kBroken };

struct BodySize {
  std::size_t expected;  // as the request says, 0 when it does not
  std::size_t most;
};

// Calls `done` once, on an I/O thread, when the body has ended. Bytes beyond the most are thrown away.
void collectBody(BodyBuffer buffer, BodySize size, std::function<void(BodyEnd, std::string)> done);

// Reads on the caller's thread.
class StreamedBody final : public BodyReader, public Interruptible {
 public:
  // `expected` as the request says, 0 when it does not: a body that ends before is an error, not an end.
  StreamedBody(BodyBuffer buffer, std::size_t expected)
      : buffer_(std::move(buffer)), missing_(expected) {}
  Result<std::string> read(std::size_t most) override;
  // What the handler left.
  void discardRest();
  void interrupt() override;

 private:
  std::atomic<bool> interrupted_ = false;
  BodyBuffer buffer_;
  std::size_t missing_;
};

}  // namespace kiln::api
