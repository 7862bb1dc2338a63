#include "api/logs/json_pattern.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "controller/core/result.h"

namespace kiln::api::logs {
namespace {

using nlohmann::json;

constexpr std::string_view kNameEnds = ".[]=!<>()&|{}\"%";
constexpr std::string_view kOperandEnds = "()&|{}";
constexpr std::size_t kMostRegexes = 2;
constexpr std::size_t kMostSelected = 10'000;  // by [*]

std::string comparable(const json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json parsed(std::string_view message) {
  const auto first = message.find_first_not_of(" \t\r\n");
  if (first == message.npos || (message[first] != '{' && message[first] != '[')) return json();
  json document = json::parse(message, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return json();
  return document;  // moved: a copy of a deep one would need a deep stack
}

bool compares(const Comparison& comparison, const json& value) {
  if (value.is_structured()) return false;
  const auto text = comparable(value);
  ComparedValue compared{text, {}};
  if (value.is_number()) compared.number = value.get<double>();
  return comparison.holds(compared);
}

}  // namespace

JsonPattern::Step JsonPattern::parseIndex(PatternText& in) {
  if (in.take("*")) return Every{};
  in.skipSpace();
  if (in.peek() == '"') return in.takeQuoted();
  const auto digits = in.takeUntil("]");
  std::size_t index = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, index);
  if (digits.empty() || read.ec != std::errc() || read.ptr != end)
    in.fail("expected an index, * or a name in quotes");
  return index;
}

JsonPattern::Selector JsonPattern::parseSelector(PatternText& in) {
  if (!in.take("$")) in.fail("expected a property selector, such as $.name");
  Selector selector{"$", {}};
  for (;;) {
    if (in.peek() == '.' && in.take(".")) {
      auto name = in.peek() == '"' ? in.takeQuoted() : std::string(in.takeUntil(kNameEnds));
      if (name.empty()) in.fail("expected the name of a property");
      selector.text += "." + name;
      selector.steps.emplace_back(std::move(name));
    } else if (in.peek() == '[' && in.take("[")) {
      Step step = parseIndex(in);
      if (!in.take("]")) in.fail("expected ']'");
      const auto* index = std::get_if<std::size_t>(&step);
      const auto* name = std::get_if<std::string>(&step);
      selector.text += "[" +
                       (index  ? std::to_string(*index)
                        : name ? "\"" + *name + "\""
                               : "*") +
                       "]";
      selector.steps.push_back(std::move(step));
    } else {
      if (selector.steps.empty()) in.fail("expected the name of a property");
      return selector;
    }
  }
}

JsonPattern::Test JsonPattern::parseTest(PatternText& in) {
  auto selector = parseSelector(in);
  if (in.takeWord("IS")) {
    if (in.takeWord("NULL")) return {std::move(selector), Is::kNull};
    if (in.takeWord("TRUE")) return {std::move(selector), Is::kTrue};
    if (in.takeWord("FALSE")) return {std::move(selector), Is::kFalse};
    in.fail("expected NULL, TRUE or FALSE after IS");
  }
  if (in.takeWord("EXISTS")) return {std::move(selector), Is::kThere};
  if (in.takeWord("NOT")) {
    if (in.takeWord("EXISTS")) return {std::move(selector), Is::kAbsent};
    in.fail("expected EXISTS after NOT");
  }
  return {std::move(selector), Comparison::parse(in, kOperandEnds)};
}

JsonPattern::JsonPattern(PatternText& in) {
  condition_ = Condition::parse(in, [&] {
    tests_.push_back(parseTest(in));
    return tests_.size() - 1;
  });
  if (!in.take("}")) in.fail("expected '}', && or ||");
  in.skipSpace();
  if (!in.atEnd()) in.fail("something follows the closing '}'");
  const auto regexes = std::count_if(tests_.begin(), tests_.end(), [](const Test& test) {
    const auto* comparison = std::get_if<Comparison>(&test.wanted);
    return comparison != nullptr && comparison->hasRegex();
  });
  if (static_cast<std::size_t>(regexes) > kMostRegexes)
    in.fail("there are more than 2 regular expressions");
}

void JsonPattern::select(const json& value, const Selector& selector, std::size_t step,
                         std::vector<const json*>& found) {
  if (found.size() >= kMostSelected) return;
  if (step == selector.steps.size()) {
    found.push_back(&value);
    return;
  }
  const Step& next = selector.steps[step];
  if (const auto* name = std::get_if<std::string>(&next)) {
    const auto at = value.is_object() ? value.find(*name) : value.end();
    if (at != value.end()) select(*at, selector, step + 1, found);
  } else if (const auto* index = std::get_if<std::size_t>(&next)) {
    if (value.is_array() && *index < value.size()) select(value[*index], selector, step + 1, found);
  } else if (value.is_array()) {
    for (const json& item : value) select(item, selector, step + 1, found);
  }
}

bool JsonPattern::holds(const Test& test, const json& message) {
  std::vector<const json*> found;
  select(message, test.selector, 0, found);
  const auto any = [&](auto fits) {
    return std::any_of(found.begin(), found.end(), [&](const json* value) { return fits(*value); });
  };
  if (const auto* comparison = std::get_if<Comparison>(&test.wanted))
    return any([&](const json& value) { return compares(*comparison, value); });
  switch (std::get<Is>(test.wanted)) {
    case Is::kNull: return any([](const json& value) { return value.is_null(); });
    case Is::kTrue: return any([](const json& value) { return value == true; });
    case Is::kFalse: return any([](const json& value) { return value == false; });
    case Is::kThere: return !found.empty();
    case Is::kAbsent: return found.empty();
  }
  unreachable();
}

bool JsonPattern::matches(std::string_view message) const {
  const json document = parsed(message);
  if (!document.is_structured()) return false;
  return condition_.holds([&](std::size_t test) { return holds(tests_[test], document); });
}

ExtractedValues JsonPattern::extract(std::string_view message) const {
  const json document = parsed(message);
  ExtractedValues values;
  for (const Test& test : tests_) {
    std::vector<const json*> found;
    select(document, test.selector, 0, found);
    if (!found.empty() && !found.front()->is_structured())
      values[test.selector.text] = comparable(*found.front());
  }
  return values;
}

}  // namespace kiln::api::logs
