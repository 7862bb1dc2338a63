// JsonLines: the engine's progress and event streams, one JSON object a line, in pieces of any size. Not for two threads at once.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "controller/core/result.h"

namespace kiln::runtime {

class JsonLines {
 public:
  // Calls `take` for each whole line; its first error ends it and is returned. kInternal for a line longer than 1 MiB.
  Status push(std::string_view bytes, const std::function<Status(std::string_view)>& take);
  // What came after the last line's end (an engine that omits the last one).
  const std::string& rest() const { return rest_; }

 private:
  std::string rest_;
};

}  // namespace kiln::runtime
