#include "api/logs/term_pattern.h"

#include <algorithm>

namespace kiln::api::logs {
namespace {

bool isTermPart(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

}  // namespace

TermPattern::TermPattern(PatternText& in) {
  for (in.skipSpace(); !in.atEnd(); in.skipSpace()) {
    auto& terms = in.take("?") ? optional_ : in.take("-") ? excluded_ : wanted_;
    terms.push_back(parseTerm(in));
  }
}

TermPattern::Term TermPattern::parseTerm(PatternText& in) {
  if (in.peek() == '"') {
    std::string phrase = in.takeQuoted();
    if (phrase.find_first_not_of(' ') == phrase.npos) phrase.clear();  // any message has it
    return {std::move(phrase), {}};
  }
  if (in.peek() == '%') return {"", PatternRegex(in.takeRegex())};
  std::string word(in.takeUntil("\"%"));
  if (word.empty()) in.fail("expected a term");
  if (!std::all_of(word.begin(), word.end(), isTermPart)) {
    throw PatternError("Invalid character(s) in term '" + word + "'");
  }
  return {std::move(word), {}};
}

bool TermPattern::Term::isIn(std::string_view message) const {
  return regex ? regex->findsIn(message) : message.find(text) != message.npos;
}

bool TermPattern::matches(std::string_view message) const {
  const auto found = [&](const Term& term) { return term.isIn(message); };
  if (wanted_.empty() && excluded_.empty())
    return optional_.empty() || std::any_of(optional_.begin(), optional_.end(), found);
  return std::all_of(wanted_.begin(), wanted_.end(), found) &&
         std::none_of(excluded_.begin(), excluded_.end(), found);
}

}  // namespace kiln::api::logs
