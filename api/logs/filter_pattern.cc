#include "api/logs/filter_pattern.h"

#include <variant>

#include "api/logs/field_pattern.h"
#include "api/logs/json_pattern.h"
#include "api/logs/term_pattern.h"

namespace kiln::api::logs {

struct FilterPattern::Parsed {
  std::variant<TermPattern, JsonPattern, FieldPattern> pattern;
};

namespace {

constexpr std::size_t kMostPatternBytes = 4 * 1024;  // 1,024 characters

std::variant<TermPattern, JsonPattern, FieldPattern> parseText(std::string_view text) {
  PatternText in(text);
  if (in.take("{")) return JsonPattern(in);
  if (in.take("[")) return FieldPattern(in);
  return TermPattern(in);
}

}  // namespace

Result<FilterPattern> FilterPattern::parse(std::string_view text) {
  if (text.size() > kMostPatternBytes) {
    return Error{Code::kInvalidArgument,
                 "Invalid filter pattern: it is longer than 1024 characters"};
  }
  try {
    return FilterPattern(std::make_shared<const Parsed>(Parsed{parseText(text)}));
  } catch (const PatternError& error) {
    const std::string what = error.what();
    const bool own = what.starts_with("Invalid ");
    return Error{Code::kInvalidArgument, own ? what : "Invalid filter pattern: " + what};
  }
}

bool FilterPattern::matches(std::string_view message) const {
  return std::visit([&](const auto& pattern) { return pattern.matches(message); },
                    parsed_->pattern);
}

ExtractedValues FilterPattern::extract(std::string_view message) const {
  if (std::holds_alternative<TermPattern>(parsed_->pattern)) return {};
  if (const auto* json = std::get_if<JsonPattern>(&parsed_->pattern)) return json->extract(message);
  return std::get<FieldPattern>(parsed_->pattern).extract(message);
}

}  // namespace kiln::api::logs
