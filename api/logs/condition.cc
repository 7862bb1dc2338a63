#include "api/logs/condition.h"

#include <algorithm>

#include "controller/core/result.h"

namespace kiln::api::logs {

struct Condition::Parser {
  static constexpr int kMostNested = 64;

  PatternText& in;
  const std::function<std::size_t()>& parseTest;
  int nested = 0;

  Condition joined(Kind kind, std::string_view token, Condition (Parser::*part)()) {
    Condition first = (this->*part)();
    if (!in.take(token)) return first;
    Condition all;
    all.kind_ = kind;
    all.parts_.push_back(std::move(first));
    do all.parts_.push_back((this->*part)());
    while (in.take(token));
    return all;
  }
  Condition any() { return joined(Kind::kAny, "||", &Parser::all); }
  Condition all() { return joined(Kind::kAll, "&&", &Parser::one); }

  Condition one() {
    if (++nested > kMostNested) in.fail("the conditions are nested too deep");
    Condition condition;
    if (in.take("!")) {
      condition.kind_ = Kind::kNot;
      condition.parts_.push_back(one());
    } else if (in.take("(")) {
      condition = any();
      if (!in.take(")")) in.fail("expected ')'");
    } else {
      condition.test_ = parseTest();
    }
    --nested;
    return condition;
  }
};

Condition Condition::parse(PatternText& in, const std::function<std::size_t()>& parseTest) {
  return Parser{in, parseTest}.any();
}

bool Condition::holds(const std::function<bool(std::size_t)>& answer) const {
  const auto held = [&](const Condition& part) { return part.holds(answer); };
  switch (kind_) {
    case Kind::kTest: return answer(test_);
    case Kind::kNot: return !held(parts_.front());
    case Kind::kAll: return std::all_of(parts_.begin(), parts_.end(), held);
    case Kind::kAny: return std::any_of(parts_.begin(), parts_.end(), held);
  }
  unreachable();
}

}  // namespace kiln::api::logs
