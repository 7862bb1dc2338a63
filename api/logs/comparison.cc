#include "api/logs/comparison.h"

#include <charconv>
#include <cmath>

#include "controller/core/result.h"

namespace kiln::api::logs {
namespace {

// * stands for any characters, none included. The parts between are found one after the other, each as early as it can be.
bool fits(std::string_view pattern, std::string_view text) {
  auto star = pattern.find('*');
  if (star == pattern.npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  for (;;) {
    pattern.remove_prefix(star + 1);
    star = pattern.find('*');
    if (star == pattern.npos) return text.ends_with(pattern);
    const auto at = text.find(pattern.substr(0, star));
    if (at == text.npos) return false;
    text.remove_prefix(at + star);
  }
}

}  // namespace

std::optional<double> numberIn(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ec != std::errc() || read.ptr != end || !std::isfinite(number))
    return std::nullopt;
  return number;
}

Comparison::Operator Comparison::parseOperator(PatternText& in) {
  if (in.take("!=")) return Operator::kNotEqual;
  if (in.take("<=")) return Operator::kAtMost;
  if (in.take(">=")) return Operator::kAtLeast;
  if (in.take("<")) return Operator::kLess;
  if (in.take(">")) return Operator::kGreater;
  if (in.take("=")) return Operator::kEqual;
  in.fail("expected one of =, !=, <, <=, >, >=");
}

Comparison Comparison::parse(PatternText& in, std::string_view stops) {
  Comparison comparison;
  comparison.operator_ = parseOperator(in);
  const bool text =
      comparison.operator_ == Operator::kEqual || comparison.operator_ == Operator::kNotEqual;
  in.skipSpace();
  if (in.peek() == '%' && text) {
    comparison.regex_.emplace(in.takeRegex());
  } else if (in.peek() == '"') {
    comparison.text_ = in.takeQuoted();
    if (!text) in.fail("the operators <, <=, >, >= take a number without quotes");
  } else {
    comparison.text_ = in.takeUntil(stops);
    if (comparison.text_.empty()) in.fail("expected a value to compare with");
    comparison.number_ = numberIn(comparison.text_);
    if (!text && !comparison.number_) in.fail("the operators <, <=, >, >= take a number");
  }
  return comparison;
}

bool Comparison::equals(const ComparedValue& value) const {
  if (regex_) return regex_->findsIn(value.text);
  if (number_ && value.number) return *number_ == *value.number;
  return fits(text_, value.text);
}

bool Comparison::holds(const ComparedValue& value) const {
  switch (operator_) {
    case Operator::kEqual: return equals(value);
    case Operator::kNotEqual: return !equals(value);
    case Operator::kLess: return value.number && *value.number < *number_;
    case Operator::kAtMost: return value.number && *value.number <= *number_;
    case Operator::kGreater: return value.number && *value.number > *number_;
    case Operator::kAtLeast: return value.number && *value.number >= *number_;
  }
  unreachable();
}

}  // namespace kiln::api::logs
