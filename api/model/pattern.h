// Pattern: a regular expression of a service table. They are written for Java (\p{L}, look-ahead, [\w-_], \u00FF), so PCRE2.
//
// Compiled at its first use. The whole text must match. Any thread. A pattern that cannot be compiled aborts: the tables are ours.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace kiln::api {

class Pattern {
 public:
  explicit Pattern(std::string source);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  // False too when the match would cost more than a bounded amount of work: a pattern never hangs a request.
  bool matches(std::string_view text) const;
  const std::string& source() const { return source_; }

  // Is it a regular expression? To be asked before a Pattern is made of a caller's text.
  static bool compiles(const std::string& source);

 private:
  struct Compiled;
  std::string source_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace kiln::api
