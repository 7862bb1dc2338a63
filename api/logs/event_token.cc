#include "api/logs/event_token.h"

#include <charconv>

namespace kiln::api::logs {
namespace {

// 19 digits hold any time, 20 any sequence; 17 are the stream's.
constexpr std::size_t kTimeDigits = 19;
constexpr std::size_t kSequenceDigits = 20;
constexpr std::size_t kStreamDigits = 17;
constexpr std::size_t kDigits = kTimeDigits + kSequenceDigits + kStreamDigits;

std::string padded(std::uint64_t number, std::size_t width) {
  const auto digits = std::to_string(number);
  return std::string(width - digits.size(), '0') + digits;
}

// FNV-1a of the stream's own id.
std::string digitsOf(const store::LogStream& stream) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : stream.uid) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return padded(hash % 100'000'000'000'000'000ULL, kStreamDigits);
}

template <typename Number>
bool read(std::string_view digits, Number& number) {
  const char* const end = digits.data() + digits.size();
  const auto done = std::from_chars(digits.data(), end, number);
  return done.ec == std::errc() && done.ptr == end;
}

}  // namespace

std::string eventId(const store::LogStream& stream, const store::EventPosition& at) {
  return padded(static_cast<std::uint64_t>(at.timestamp), kTimeDigits) + digitsOf(stream) +
         padded(at.sequence, kSequenceDigits);
}

std::string toToken(const store::LogStream& stream, const EventToken& token) {
  return (token.forward ? "f/" : "b/") + eventId(stream, token.at) + "/s";
}

std::optional<EventToken> fromToken(const store::LogStream& stream, std::string_view text) {
  const bool forward = text.starts_with("f/");
  if (!forward && !text.starts_with("b/")) return std::nullopt;
  text.remove_prefix(2);
  if (text.size() != kDigits + 2 || !text.ends_with("/s")) return std::nullopt;
  if (text.substr(kTimeDigits, kStreamDigits) != digitsOf(stream)) return std::nullopt;
  EventToken token{forward, {}};
  if (text.front() == '-' || !read(text.substr(0, kTimeDigits), token.at.timestamp) ||
      !read(text.substr(kTimeDigits + kStreamDigits, kSequenceDigits), token.at.sequence)) {
    return std::nullopt;
  }
  return token;
}

}  // namespace kiln::api::logs
