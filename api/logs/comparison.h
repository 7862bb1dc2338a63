// Comparison: `= 4*`, `!= "x"`, `> 1e3`, `= %regex%`: one value of a message against what a filter pattern says.
//
// Read by the JSON and the space-delimited patterns. After parse() only read: any thread. parse() throws PatternError.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/logs/pattern_regex.h"
#include "api/logs/pattern_text.h"

namespace kiln::api::logs {

// A value as a message has it. `number` when it is one.
struct ComparedValue {
  std::string_view text;
  std::optional<double> number;
};

// The whole text as a number, `4`, `-0.5`, `1e-3`; nullopt for any other.
std::optional<double> numberIn(std::string_view text);

class Comparison {
 public:
  // Operator and operand, at `in`. An operand without quotes ends at a space or one of `stops`.
  static Comparison parse(PatternText& in, std::string_view stops);

  bool holds(const ComparedValue& value) const;
  bool hasRegex() const { return regex_.has_value(); }

 private:
  enum class Operator { kEqual, kNotEqual, kLess, kAtMost, kGreater, kAtLeast };
  static Operator parseOperator(PatternText& in);
  bool equals(const ComparedValue& value) const;

  Operator operator_ = Operator::kEqual;
  std::string text_;  // * stands for any characters
  std::optional<double> number_;
  std::optional<PatternRegex> regex_;
};

}  // namespace kiln::api::logs
