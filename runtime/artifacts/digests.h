// The checksums of a stream. Any thread.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "controller/core/result.h"

namespace kiln::runtime {

struct Digests {
  std::string md5;  // in hexadecimal digits
  std::string sha256;
};

Digests digestsOf(std::string_view bytes);

// Both at once, each over a stream of its own, because they take longer than reading does. An error is the streams'; kUnavailable
// when stopped.
Result<Digests> digestsOf(const std::function<std::function<Result<std::string>()>()>& stream,
                          const std::stop_token& stop);

}  // namespace kiln::runtime
