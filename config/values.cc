#include "config/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "controller/core/text.h"

namespace kiln::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t millis;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kLongest = 366 * 86'400'000LL;

constexpr std::array<std::string_view, 5> kSizeUnits = {"", "KiB", "MiB", "GiB", "TiB"};
constexpr std::int64_t kKib = 1024;

constexpr std::string_view kBlanks = " \t";

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLetter(char c) { return c >= 'a' && c <= 'z'; }

// Cuts the leading characters that satisfy `belongs` off `text`.
template <typename F>
std::string_view take(std::string_view& text, F belongs) {
  auto end = std::find_if_not(text.begin(), text.end(), belongs);
  auto head = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(head.size());
  return head;
}

std::optional<std::string_view> afterScheme(std::string_view text) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) return text.substr(scheme.size());
  }
  return std::nullopt;
}

bool isPort(std::string_view text) {
  auto port = parseInteger(text);
  return port && *port >= 1 && *port <= 65535;
}

}  // namespace

std::optional<std::int64_t> parseInteger(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> parseSwitch(std::string_view text) {
  auto word = lowered(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  return std::nullopt;
}

std::optional<Millis> parseDuration(std::string_view text) {
  if (text == "0") return Millis(0);
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  auto nextUnit = kUnits.begin();
  while (!text.empty()) {
    auto count = parseInteger(take(text, isDigit));
    auto name = take(text, isLetter);
    auto unit = std::find_if(nextUnit, kUnits.end(), [&](const Unit& u) { return u.name == name; });
    if (!count || unit == kUnits.end() || *count > kLongest / unit->millis) return std::nullopt;
    total += *count * unit->millis;
    nextUnit = std::next(unit);
  }
  return Millis(total);
}

std::string formatDuration(Millis duration) {
  std::string out;
  auto rest = duration.count();
  for (const auto& unit : kUnits) {
    if (rest >= unit.millis) {
      out += std::to_string(rest / unit.millis) + std::string(unit.name);
      rest %= unit.millis;
    }
  }
  return out.empty() ? "0s" : out;
}

std::optional<std::int64_t> parseSize(std::string_view text) {
  auto value = parseInteger(take(text, isDigit));
  auto unit = std::find(kSizeUnits.begin(), kSizeUnits.end(), text);
  if (!value || unit == kSizeUnits.end()) return std::nullopt;
  for (; unit != kSizeUnits.begin(); --unit) {
    if (*value > std::numeric_limits<std::int64_t>::max() / kKib) return std::nullopt;
    *value *= kKib;
  }
  return value;
}

std::string formatSize(std::int64_t bytes) {
  auto unit = kSizeUnits.begin();
  for (; bytes > 0 && bytes % kKib == 0 && std::next(unit) != kSizeUnits.end(); ++unit)
    bytes /= kKib;
  return std::to_string(bytes) + std::string(*unit);
}

std::vector<std::string> splitList(std::string_view text) {
  std::vector<std::string> items;
  if (trimmed(text, kBlanks).empty()) return items;
  while (true) {
    auto comma = text.find(',');
    items.emplace_back(trimmed(text.substr(0, comma), kBlanks));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

std::optional<std::vector<std::pair<std::string, std::string>>> splitPairs(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& item : splitList(text)) {
    auto equals = item.rfind('=');
    if (equals == std::string::npos) return std::nullopt;
    pairs.emplace_back(trimmed(std::string_view(item).substr(0, equals), kBlanks),
                       trimmed(std::string_view(item).substr(equals + 1), kBlanks));
  }
  return pairs;
}

bool isHttpUrl(std::string_view text) {
  auto rest = afterScheme(text);
  if (!rest || rest->find_first_of(" \t\r\n") != std::string_view::npos) return false;
  auto authority = rest->substr(0, rest->find_first_of("/?#"));
  if (auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (authority.starts_with('[')) {
    auto close = authority.find(']');
    if (close == std::string_view::npos || close == 1) return false;
    auto tail = authority.substr(close + 1);
    return tail.empty() || (tail.front() == ':' && isPort(tail.substr(1)));
  }
  auto colon = authority.find(':');
  if (colon == 0 || authority.empty()) return false;
  return colon == std::string_view::npos || isPort(authority.substr(colon + 1));
}

std::string redactUrl(std::string_view text) {
  std::string out;
  while (true) {
    auto scheme = text.find("://");
    if (scheme == std::string_view::npos) return out + std::string(text);
    out += text.substr(0, scheme + 3);
    text.remove_prefix(scheme + 3);
    auto url = text.substr(0, text.find_first_of(", \t\r\n\"'"));
    auto authority = url.substr(0, url.find_first_of("/?#"));
    // A password may hold an unescaped '/', so the last '@' of the URL counts when the authority has none.
    auto at = authority.rfind('@');
    if (at == std::string_view::npos) at = url.substr(0, url.find_first_of("?#")).rfind('@');
    auto query = url.find('?');
    out += at == std::string_view::npos ? "" : "***@";
    auto from = at == std::string_view::npos ? 0 : at + 1;
    out += url.substr(from, query == std::string_view::npos ? query : query - from);
    if (query != std::string_view::npos) out += "?***";
    text.remove_prefix(url.size());
  }
}

}  // namespace kiln::config
