#include "api/logs/pattern_text.h"

#include <algorithm>

namespace kiln::api::logs {
namespace {

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool isWordPart(char c) {
  return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

void PatternText::skipSpace() {
  while (!atEnd() && isSpace(text_[at_])) ++at_;
}

bool PatternText::take(std::string_view token) {
  skipSpace();
  if (!text_.substr(at_).starts_with(token)) return false;
  at_ += token.size();
  return true;
}

bool PatternText::takeWord(std::string_view word) {
  skipSpace();
  const auto next = text_.substr(at_, word.size());
  const auto end = at_ + word.size();
  if (!std::equal(next.begin(), next.end(), word.begin(), word.end(),
                  [](char a, char b) { return upper(a) == upper(b); }) ||
      (end < text_.size() && isWordPart(text_[end]))) {
    return false;
  }
  at_ = end;
  return true;
}

std::string_view PatternText::takeUntil(std::string_view stops) {
  const auto begin = at_;
  while (!atEnd() && !isSpace(text_[at_]) && stops.find(text_[at_]) == stops.npos) ++at_;
  return text_.substr(begin, at_ - begin);
}

std::string PatternText::takeQuoted() {
  std::string out;
  for (++at_; !atEnd() && text_[at_] != '"'; ++at_) {
    const bool escaped = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                         (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
    if (escaped) ++at_;
    out.push_back(text_[at_]);
  }
  if (atEnd()) fail("a quotation mark is not closed");
  ++at_;
  return out;
}

std::string PatternText::takeRegex() {
  const auto end = text_.find('%', at_ + 1);
  if (end == text_.npos) fail("a regular expression is not closed by '%'");
  std::string out(text_.substr(at_ + 1, end - at_ - 1));
  at_ = end + 1;
  return out;
}

void PatternText::fail(const std::string& what) const {
  throw PatternError(what + " at position " + std::to_string(at_ + 1));
}

}  // namespace kiln::api::logs
