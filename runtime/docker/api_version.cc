#include "runtime/docker/api_version.h"

#include <algorithm>
#include <charconv>
#include <compare>
#include <optional>

namespace kiln::runtime {
namespace {

struct Version {
  int major = 0;
  int minor = 0;
  auto operator<=>(const Version&) const = default;
  std::string text() const { return std::to_string(major) + "." + std::to_string(minor); }
};

constexpr Version kOldest{1, 40};
constexpr Version kNewest{1, 44};

std::optional<Version> parse(std::string_view text) {
  Version version;
  auto [dot, wrong] = std::from_chars(text.begin(), text.end(), version.major);
  if (wrong != std::errc{} || dot == text.end() || *dot != '.') return std::nullopt;
  auto [end, wrongMinor] = std::from_chars(dot + 1, text.end(), version.minor);
  if (wrongMinor != std::errc{} || end != text.end()) return std::nullopt;
  return version;
}

}  // namespace

Result<std::string> chooseApiVersion(std::string_view offered) {
  auto version = parse(offered);
  if (!version) {
    return Error{Code::kUnavailable,
                 "the container engine gave no API version but \"" + std::string(offered) + "\""};
  }
  if (*version < kOldest) {
    return Error{Code::kFailedPrecondition, "the container engine speaks API " + version->text() +
                                                "; Kiln needs " + kOldest.text() + " or newer"};
  }
  return std::min(*version, kNewest).text();
}

}  // namespace kiln::runtime
