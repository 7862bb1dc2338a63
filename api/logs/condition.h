// Condition: comparisons joined by &&, ||, ! and parentheses, as the JSON and the space-delimited patterns have them.
//
// && binds closer than ||. What a single test looks like is the pattern's own: it numbers its tests, and answers them by number.
// After parse() only read: any thread. parse() throws PatternError.
#pragma once

#include <functional>
#include <vector>

#include "api/logs/pattern_text.h"

namespace kiln::api::logs {

class Condition {
 public:
  // `parseTest` reads one test and answers its number.
  static Condition parse(PatternText& in, const std::function<std::size_t()>& parseTest);

  bool holds(const std::function<bool(std::size_t test)>& answer) const;

 private:
  enum class Kind { kTest, kNot, kAll, kAny };
  struct Parser;

  Kind kind_ = Kind::kTest;
  std::size_t test_ = 0;
  std::vector<Condition> parts_;
};

}  // namespace kiln::api::logs
