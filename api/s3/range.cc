#include "api/s3/range.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace kiln::api::s3 {
namespace {

constexpr std::string_view kUnit = "bytes=";

struct Ends {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;
};

// False when the text is no number; an empty one is none.
bool readEnd(std::string_view text, std::optional<std::uint64_t>& end) {
  if (text.empty()) return true;
  std::uint64_t number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool tooLarge = error == std::errc::result_out_of_range;
  if ((error != std::errc() && !tooLarge) || at != text.data() + text.size()) return false;
  end = tooLarge ? std::numeric_limits<std::uint64_t>::max() : number;
  return true;
}

std::optional<Ends> readEnds(std::string_view header) {
  if (!header.starts_with(kUnit)) return std::nullopt;
  header.remove_prefix(kUnit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  Ends ends;
  if (!readEnd(header.substr(0, dash), ends.first) || !readEnd(header.substr(dash + 1), ends.last))
    return std::nullopt;
  const bool backwards = ends.first && ends.last && *ends.last < *ends.first;
  if (backwards || (!ends.first && !ends.last)) return std::nullopt;
  return ends;
}

}  // namespace

ParsedRange parseRange(std::string_view header, std::uint64_t size) {
  const auto ends = readEnds(header);
  if (!ends) return {};
  if (!ends->first) {
    if (*ends->last == 0 || size == 0) return {RangeKind::kUnsatisfiable};
    const std::uint64_t length = std::min(*ends->last, size);
    return {RangeKind::kPart, {size - length, length}};
  }
  if (*ends->first >= size) return {RangeKind::kUnsatisfiable};
  const std::uint64_t last = std::min(ends->last.value_or(size - 1), size - 1);
  return {RangeKind::kPart, {*ends->first, last - *ends->first + 1}};
}

std::optional<ByteRange> parseCopyRange(std::string_view header, std::uint64_t size) {
  const auto ends = readEnds(header);
  if (!ends || !ends->first || !ends->last || *ends->last >= size) return std::nullopt;
  return ByteRange{*ends->first, *ends->last - *ends->first + 1};
}

}  // namespace kiln::api::s3
