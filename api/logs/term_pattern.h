// TermPattern: `ERROR "a phrase" -debug`, `?ERROR ?WARN`, `%regex%`: words that a message has or has not.
//
// After construction only read: any thread. The constructor throws PatternError.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/logs/pattern_regex.h"
#include "api/logs/pattern_text.h"

namespace kiln::api::logs {

class TermPattern {
 public:
  // All that is left of `in`; nothing matches any message.
  explicit TermPattern(PatternText& in);

  // All plain terms, none of the excluded ones; optional terms (`?`) count only when there are no others: then one is enough.
  bool matches(std::string_view message) const;

 private:
  struct Term {
    std::string text;
    std::optional<PatternRegex> regex;
    bool isIn(std::string_view message) const;
  };
  static Term parseTerm(PatternText& in);

  std::vector<Term> wanted_;
  std::vector<Term> optional_;
  std::vector<Term> excluded_;
};

}  // namespace kiln::api::logs
