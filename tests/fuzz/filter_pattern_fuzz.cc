// Any text as a filter pattern, any text as a message: the parser answers with a pattern or with a message fit for an error, and
// matching ends. The first line is the pattern, the rest the message.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/logs/filter_pattern.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto message = end == text.npos ? std::string_view() : text.substr(end + 1);
  const auto pattern = kiln::api::logs::FilterPattern::parse(text.substr(0, end));
  if (!pattern.ok()) {
    require(pattern.error().message.starts_with("Invalid "));
    return 0;
  }
  const bool matches = pattern->matches(message);
  require(matches == pattern->matches(message));
  if (matches) (void)pattern->extract(message);
  return 0;
}
