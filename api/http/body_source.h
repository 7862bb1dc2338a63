// Request bodies of cpprestsdk: collected whole without holding a thread, or read as a stream. A body has no back-pressure, so what
// nobody wants is read and thrown away. Only for sources that use cpprestsdk.
#pragma once

#include <cpprest/astreambuf.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/http/request.h"

namespace kiln::api {

using BodyBuffer = concurrency::streams::streambuf<std::uint8_t>;

enum class BodyEnd { kWhole, kTooLong, kBroken };

// Calls `done` once, on an I/O thread, when the body has ended: with up to `limit` bytes of it.
void collectBody(BodyBuffer buffer, std::size_t limit,
                 std::function<void(BodyEnd, std::string)> done);

// Reads on the caller's thread.
class StreamedBody final : public BodyReader {
 public:
  explicit StreamedBody(BodyBuffer buffer) : buffer_(std::move(buffer)) {}
  Result<std::string> read(std::size_t most) override;
  // What the handler left.
  void discardRest();

 private:
  BodyBuffer buffer_;
};

}  // namespace kiln::api
