#include "runtime/docker/json_lines.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kLongest = 1024 * 1024;

}  // namespace

Status JsonLines::push(std::string_view bytes,
                       const std::function<Status(std::string_view)>& take) {
  rest_ += bytes;
  std::size_t from = 0;
  Status taken;
  for (auto end = rest_.find('\n'); end != std::string::npos && taken.ok();
       end = rest_.find('\n', from)) {
    std::string_view line = std::string_view(rest_).substr(from, end - from);
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) taken = take(line);
    from = end + 1;
  }
  rest_.erase(0, from);
  if (taken.ok() && rest_.size() > kLongest) {
    return Error{Code::kInternal, "the container engine sent a line of more than 1 MiB"};
  }
  return taken;
}

}  // namespace kiln::runtime
