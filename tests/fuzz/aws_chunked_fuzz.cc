// Any bytes as an aws-chunked body, in any pieces: they decode to no more than they are, and the pieces do not matter.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/s3/aws_chunked.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Decoded {
  bool sound = false;
  std::string bytes;
};

Decoded decode(std::string_view wire, std::uint64_t length, std::size_t step) {
  kiln::api::s3::AwsChunked framing(length, true);
  Decoded decoded;
  for (std::size_t at = 0; at < wire.size(); at += step) {
    if (framing.feed(wire.substr(at, step), decoded.bytes)) return decoded;
  }
  decoded.sound = !framing.finish();
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint64_t length = data[0] * 64U;
  const std::size_t step = data[1] % 61U + 1;
  const std::string_view wire(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Decoded whole = decode(wire, length, wire.size() + 1);
  const Decoded pieces = decode(wire, length, step);
  require(whole.bytes.size() <= length && whole.bytes.size() <= wire.size());
  require(whole.sound == pieces.sound);
  if (whole.sound) require(whole.bytes == pieces.bytes && whole.bytes.size() == length);
  return 0;
}
