// FrameReader: takes the engine's multiplexed stream apart. Each frame is `<1: stdout, 2: stderr> 0 0 0 <length, 4 bytes,
// big-endian>` and its bytes. Not for two threads at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kiln::runtime {

class FrameReader {
 public:
  // Appends the payload found in `bytes` to `out`. False when the bytes are not such a stream: it stays so for good.
  bool push(std::string_view bytes, std::string& out);
  // Is the stream between two frames? An end anywhere else lost something.
  bool atBorder() const { return !broken_ && headerSize_ == 0 && payloadLeft_ == 0; }

 private:
  std::array<char, 8> header_{};
  std::size_t headerSize_ = 0;
  std::uint32_t payloadLeft_ = 0;
  bool broken_ = false;
};

}  // namespace kiln::runtime
