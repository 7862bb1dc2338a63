// PatternText: a filter pattern as its parsers read it, from left to right; and PatternError, what is wrong with one and where.
//
// Owner: the parse. One thread. Throws PatternError, which parseFilterPattern() turns into an answer.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace kiln::api::logs {

class PatternError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class PatternText {
 public:
  explicit PatternText(std::string_view text) : text_(text) {}

  bool atEnd() const { return at_ == text_.size(); }
  char peek() const { return atEnd() ? '\0' : text_[at_]; }
  void skipSpace();
  // Moves on over `token` when it is next, after any space.
  bool take(std::string_view token);
  // As take(), for a word in any case that no letter, digit or underscore follows.
  bool takeWord(std::string_view word);
  // Up to a space, the end or one of `stops`.
  std::string_view takeUntil(std::string_view stops);
  // What is in quotes; the opening one is next. \" and \\ stand for themselves.
  std::string takeQuoted();
  // What is between percent signs; the first one is next.
  std::string takeRegex();

  // "<what> at position <n>", counted from 1.
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace kiln::api::logs
