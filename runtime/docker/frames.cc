#include "runtime/docker/frames.h"

#include <algorithm>

namespace kiln::runtime {

bool FrameReader::push(std::string_view bytes, std::string& out) {
  while (!bytes.empty() && !broken_) {
    if (payloadLeft_ > 0) {
      auto count = std::min<std::size_t>(payloadLeft_, bytes.size());
      out.append(bytes.data(), count);
      payloadLeft_ -= static_cast<std::uint32_t>(count);
      bytes.remove_prefix(count);
      continue;
    }
    auto count = std::min(header_.size() - headerSize_, bytes.size());
    std::copy_n(bytes.begin(), count, header_.begin() + static_cast<std::ptrdiff_t>(headerSize_));
    headerSize_ += count;
    bytes.remove_prefix(count);
    if (headerSize_ < header_.size()) break;
    headerSize_ = 0;
    broken_ =
        header_[0] < 0 || header_[0] > 2 || header_[1] != 0 || header_[2] != 0 || header_[3] != 0;
    for (std::size_t i = 4; i < header_.size(); ++i) {
      payloadLeft_ = payloadLeft_ << 8 | static_cast<unsigned char>(header_[i]);
    }
  }
  return !broken_;
}

}  // namespace kiln::runtime
