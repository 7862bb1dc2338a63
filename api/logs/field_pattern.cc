#include "api/logs/field_pattern.h"

#include <algorithm>

namespace kiln::api::logs {
namespace {

constexpr std::string_view kNameEnds = ",]=!<>()&|[\"%";
constexpr std::string_view kOperandEnds = ",]()&|";
constexpr std::ptrdiff_t kMostRegexes = 2;

bool isNamePart(char c) {
  return c == '_' || c == '-' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

std::string takeName(PatternText& in) {
  in.skipSpace();
  std::string name(in.takeUntil(kNameEnds));
  if (name.empty() || !std::all_of(name.begin(), name.end(), isNamePart))
    in.fail("expected the name of a field");
  return name;
}

// One field of the message; it moves `text` on.
std::string_view takeField(std::string_view& text) {
  const char opening = text.front();
  if (opening == '"' || opening == '[') {
    const auto end = text.find(opening == '"' ? '"' : ']', 1);
    const auto field = text.substr(1, end == text.npos ? end : end - 1);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return field;
  }
  const auto field = text.substr(0, text.find_first_of(" \t\r\n"));
  text.remove_prefix(field.size());
  return field;
}

std::vector<std::string_view> fieldsOf(std::string_view text) {
  std::vector<std::string_view> fields;
  for (;;) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == text.npos) return fields;
    text.remove_prefix(begin);
    fields.push_back(takeField(text));
  }
}

}  // namespace

FieldPattern::FieldPattern(PatternText& in) {
  do {
    if (in.take("...")) {
      if (gap_) in.fail("there is more than one '...'");
      gap_ = fields_.size();
    } else {
      fields_.push_back(parseField(in));
    }
  } while (in.take(","));
  if (!in.take("]")) in.fail("expected ',' or ']'");
  in.skipSpace();
  if (!in.atEnd()) in.fail("something follows the closing ']'");
  refuseRegexes(in);
}

FieldPattern::Field FieldPattern::parseField(PatternText& in) {
  in.skipSpace();
  Field field;
  const auto parseTest = [&] {
    const auto name = takeName(in);
    if (!field.name.empty() && name != field.name)
      in.fail("the condition of field " + field.name + " names another field, " + name + ",");
    field.name = name;
    field.tests.push_back(Comparison::parse(in, kOperandEnds));
    return field.tests.size() - 1;
  };
  PatternText alone = in;
  if (in.peek() != '(' && in.peek() != '!') {
    field.name = takeName(in);
    in.skipSpace();
    if (in.peek() == ',' || in.peek() == ']' || in.atEnd()) return field;
    in = alone;
  }
  field.condition = Condition::parse(in, parseTest);
  return field;
}

void FieldPattern::refuseRegexes(const PatternText& in) const {
  std::ptrdiff_t regexes = 0;
  for (const Field& field : fields_) {
    regexes += std::count_if(field.tests.begin(), field.tests.end(),
                             [](const Comparison& test) { return test.hasRegex(); });
  }
  if (regexes > kMostRegexes) in.fail("there are more than 2 regular expressions");
}

bool FieldPattern::holds(const Field& field, std::string_view text) {
  if (!field.condition) return true;
  const ComparedValue value{text, numberIn(text)};
  return field.condition->holds([&](std::size_t test) { return field.tests[test].holds(value); });
}

std::vector<std::string_view> FieldPattern::aligned(std::string_view message) const {
  auto fields = fieldsOf(message);
  if (fields.size() < fields_.size() || (!gap_ && fields.size() > fields_.size())) return {};
  if (gap_) {
    const auto begin = fields.begin() + static_cast<std::ptrdiff_t>(*gap_);
    fields.erase(begin, begin + static_cast<std::ptrdiff_t>(fields.size() - fields_.size()));
  }
  return fields;
}

bool FieldPattern::matches(std::string_view message) const {
  const auto fields = aligned(message);
  if (fields.size() != fields_.size()) return false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!holds(fields_[i], fields[i])) return false;
  }
  return true;
}

ExtractedValues FieldPattern::extract(std::string_view message) const {
  const auto fields = aligned(message);
  ExtractedValues values;
  for (std::size_t i = 0; i < fields.size(); ++i) values["$" + fields_[i].name] = fields[i];
  return values;
}

}  // namespace kiln::api::logs
