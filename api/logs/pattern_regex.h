// PatternRegex: a regular expression of a filter pattern, found anywhere in a text.
//
// Only what CloudWatch Logs takes: letters, digits, `:_#=@/;,-` and the operators `^$?[]{}|\*+.`; no groups, nothing beyond ASCII.
// After construction only read: any thread. The constructor throws PatternError.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace kiln::api::logs {

class PatternRegex {
 public:
  explicit PatternRegex(const std::string& source);

  // False too when finding out would cost more than a bounded amount of work.
  bool findsIn(std::string_view text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace kiln::api::logs
