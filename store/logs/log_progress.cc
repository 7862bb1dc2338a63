#include <charconv>

#include "store/logs/log_store.h"

namespace kiln::store {
namespace {

bool takeNumber(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

std::string encode(const LogProgress& progress) {
  return std::to_string(progress.bytes) + " " + std::to_string(progress.agentSequence);
}

Result<LogProgress> decodeLogProgress(std::string_view text) {
  LogProgress progress;
  auto rest = text;
  if (takeNumber(rest, progress.bytes) && rest.starts_with(' ')) {
    rest.remove_prefix(1);
    if (takeNumber(rest, progress.agentSequence) && rest.empty()) return progress;
  }
  return Error{Code::kCorrupt,
               "reading the progress of a log: \"" + std::string(text) + "\" is not two numbers"};
}

}  // namespace kiln::store
