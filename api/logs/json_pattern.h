// JsonPattern: `{ $.a.b[0] = "x*" && ($.n > 3 || $.c IS NULL) }`: conditions on the properties of a message that is JSON.
//
// A message that is no JSON object or array never matches. A property that is not there fails every test but NOT EXISTS; one that
// is an object or an array has no value to compare.
// After construction only read: any thread. The constructor throws PatternError.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/logs/comparison.h"
#include "api/logs/condition.h"
#include "api/logs/extracted.h"

namespace kiln::api::logs {

class JsonPattern {
 public:
  // From after the opening brace to the end of `in`.
  explicit JsonPattern(PatternText& in);

  bool matches(std::string_view message) const;
  // `$.a.b` -> its value, for each property that the pattern names and a matching message has.
  ExtractedValues extract(std::string_view message) const;

 private:
  struct Every {};                                             // [*]
  using Step = std::variant<std::string, std::size_t, Every>;  // .name, [0]
  struct Selector {
    std::string text;
    std::vector<Step> steps;
  };
  enum class Is { kNull, kTrue, kFalse, kThere, kAbsent };
  struct Test {
    Selector selector;
    std::variant<Comparison, Is> wanted;
  };

  static Selector parseSelector(PatternText& in);
  static Step parseIndex(PatternText& in);
  static Test parseTest(PatternText& in);
  static void select(const nlohmann::json& value, const Selector& selector, std::size_t step,
                     std::vector<const nlohmann::json*>& found);
  static bool holds(const Test& test, const nlohmann::json& message);

  std::vector<Test> tests_;
  Condition condition_;
};

}  // namespace kiln::api::logs
