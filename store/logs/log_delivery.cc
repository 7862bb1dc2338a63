#include "store/logs/log_delivery.h"

#include <array>
#include <charconv>

namespace kiln::store {
namespace {

constexpr std::size_t kNumbers = 8;

// The next number of `text` and the blank after it, which it takes away.
bool takeField(std::string_view& text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(' ')) return false;
  text.remove_prefix(1);
  return true;
}

LogPosition positionOf(std::int64_t frame, std::int64_t bytes) {
  return {static_cast<std::uint64_t>(frame), static_cast<std::uint64_t>(bytes)};
}

}  // namespace

std::string encode(const LogDelivery& delivery) {
  const auto intended = delivery.intended.value_or(LogDelivery::Intention{});
  const std::array<std::int64_t, kNumbers> numbers{static_cast<std::int64_t>(delivery.state),
                                                   static_cast<std::int64_t>(delivery.at.frame),
                                                   static_cast<std::int64_t>(delivery.at.bytes),
                                                   delivery.lastTime,
                                                   delivery.intended ? 1 : 0,
                                                   static_cast<std::int64_t>(intended.to.frame),
                                                   static_cast<std::int64_t>(intended.to.bytes),
                                                   intended.now};
  std::string text;
  for (const auto number : numbers) text += std::to_string(number) + " ";
  return text + delivery.failure;
}

Result<LogDelivery> decodeLogDelivery(std::string_view text) {
  std::array<std::int64_t, kNumbers> numbers{};
  auto rest = text;
  for (auto& number : numbers) {
    if (takeField(rest, number)) continue;
    return Error{Code::kCorrupt, "reading how far a log was delivered: \"" + std::string(text) +
                                     "\" is not what was written"};
  }
  const auto& [state, frame, bytes, lastTime, any, toFrame, toBytes, now] = numbers;
  if (state < 0 || state > static_cast<std::int64_t>(LogDelivery::State::kHopeless)) {
    return Error{Code::kCorrupt,
                 "reading how far a log was delivered: there is no state " + std::to_string(state)};
  }
  LogDelivery delivery{.state = static_cast<LogDelivery::State>(state),
                       .at = positionOf(frame, bytes),
                       .lastTime = lastTime,
                       .intended = {},
                       .failure = std::string(rest)};
  if (any != 0) delivery.intended = {positionOf(toFrame, toBytes), now};
  return delivery;
}

}  // namespace kiln::store
