// FieldPattern: `[ip, user, ..., status=4*, bytes>1000 && bytes<2000]`: a message as fields with spaces between them.
//
// What stands in a message in quotes or brackets is one field. A message matches when it has as many fields as the pattern (with
// `...`, which stands for any number of them, at least as many) and every condition holds.
// After construction only read: any thread. The constructor throws PatternError.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/logs/comparison.h"
#include "api/logs/condition.h"
#include "api/logs/extracted.h"

namespace kiln::api::logs {

class FieldPattern {
 public:
  // From after the opening bracket to the end of `in`.
  explicit FieldPattern(PatternText& in);

  bool matches(std::string_view message) const;
  // `$name` -> the field, of a message that matches.
  ExtractedValues extract(std::string_view message) const;

 private:
  struct Field {
    std::string name;
    std::vector<Comparison> tests;
    std::optional<Condition> condition;
  };

  static Field parseField(PatternText& in);
  static bool holds(const Field& field, std::string_view text);
  void refuseRegexes(const PatternText& in) const;
  // The message's fields, one for each of the pattern's; nothing when their number does not fit.
  std::vector<std::string_view> aligned(std::string_view message) const;

  std::vector<Field> fields_;
  std::optional<std::size_t> gap_;  // the field that `...` stands before
};

}  // namespace kiln::api::logs
