#include "runtime/agent/glob.h"

#include <optional>

namespace kiln::agent {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr char32_t kFirstNoCharacter = 0x110000;

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;
};

// A byte that is no UTF-8 is a character of its own.
Character characterAt(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  const Character stray{kFirstNoCharacter + lead, 1};
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < bytes) return stray;
  char32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return stray;
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  return {code, bytes};
}

// One character of a class, which may be escaped; moves `at` past it. nullopt at the pattern's end.
std::optional<char32_t> classMember(std::string_view pattern, std::size_t& at) {
  if (at < pattern.size() && pattern[at] == '\\') ++at;
  if (at >= pattern.size()) return std::nullopt;
  const Character member = characterAt(pattern, at);
  at += member.bytes;
  return member.code;
}

struct ClassMatch {
  std::size_t end = kNone;  // after its `]`; kNone: there is none
  bool matched = false;
};

// The class whose `[` is at `at`. It has one member at least, so a `]` that comes first is one.
ClassMatch matchClass(std::string_view pattern, std::size_t at, char32_t code) {
  ++at;
  const bool negated = at < pattern.size() && (pattern[at] == '^' || pattern[at] == '!');
  if (negated) ++at;
  bool matched = false;
  for (bool first = true; first || (at < pattern.size() && pattern[at] != ']'); first = false) {
    const auto low = classMember(pattern, at);
    if (!low) return {};
    auto high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = classMember(pattern, ++at);
      if (!high) return {};
    }
    matched = matched || (*low <= code && code <= *high);
  }
  if (at >= pattern.size()) return {};
  return {at + 1, matched != negated};
}

// What stands in the pattern for one character, but `*`. The place after it when it takes the character, else kNone.
std::size_t takeOne(std::string_view pattern, std::size_t at, const Character& character) {
  if (pattern[at] == '?') return at + 1;
  if (pattern[at] == '[') {
    const ClassMatch match = matchClass(pattern, at, character.code);
    return match.matched ? match.end : kNone;
  }
  if (pattern[at] == '\\') ++at;
  const Character wanted = characterAt(pattern, at);
  return wanted.code == character.code ? at + wanted.bytes : kNone;
}

// Only the last `*` is ever tried again: what the ones before it took can stay as it is.
bool matchName(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = kNone;
  std::size_t starName = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      starName = n;
      continue;
    }
    const Character character = characterAt(name, n);
    const std::size_t next = p < pattern.size() ? takeOne(pattern, p, character) : kNone;
    if (next != kNone) {
      p = next;
      n += character.bytes;
      continue;
    }
    if (star == kNone) return false;
    starName += characterAt(name, starName).bytes;
    n = starName;
    p = star;
  }
  return pattern.find_first_not_of('*', p) == kNone;
}

bool isWellFormed(std::string_view component) {
  for (std::size_t at = 0; at < component.size();) {
    if (component[at] == '[') {
      at = matchClass(component, at, 0).end;
      if (at == kNone) return false;
      continue;
    }
    if (component[at] == '\\' && ++at == component.size()) return false;
    ++at;
  }
  return true;
}

std::string unescaped(std::string_view component) {
  std::string name;
  for (std::size_t at = 0; at < component.size(); ++at) {
    if (component[at] == '\\') ++at;
    name += component[at];
  }
  return name;
}

}  // namespace

std::vector<std::string_view> pathComponents(std::string_view path) {
  std::vector<std::string_view> components;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (!name.empty() && name != ".") components.push_back(name);
    if (slash == kNone) break;
    path.remove_prefix(slash + 1);
  }
  return components;
}

GlobPattern::GlobPattern(std::string_view text) : absolute_(text.starts_with('/')) {
  for (std::string_view component : pathComponents(text)) add(component);
  if (text.empty()) wellFormed_ = false;
}

void GlobPattern::add(std::string_view component) {
  if (component == "**") {
    const bool again = !components_.empty() && components_.back().kind == Kind::kAnyDepth;
    if (!again) components_.push_back({Kind::kAnyDepth, {}});
  } else if (!isWellFormed(component)) {
    wellFormed_ = false;
  } else if (component.find_first_of("*?[") == kNone) {
    components_.push_back({Kind::kName, unescaped(component)});
  } else {
    components_.push_back({Kind::kWildcard, std::string(component)});
  }
}

void GlobPattern::reach(Positions& positions, std::size_t position) const {
  const auto put = [&positions](std::size_t at) {
    if (positions.empty() || positions.back() < at) positions.push_back(at);
  };
  put(position);
  if (position < components_.size() && components_[position].kind == Kind::kAnyDepth) {
    put(position + 1);
  }
}

GlobPattern::Positions GlobPattern::start() const {
  Positions positions;
  if (wellFormed_) reach(positions, 0);
  return positions;
}

GlobPattern::Positions GlobPattern::after(const Positions& positions, std::string_view name) const {
  Positions next;
  for (std::size_t position : positions) {
    if (position == components_.size()) continue;
    const Component& component = components_[position];
    switch (component.kind) {
      case Kind::kAnyDepth: reach(next, position); break;
      case Kind::kName:
        if (component.text == name) reach(next, position + 1);
        break;
      case Kind::kWildcard:
        if (matchName(component.text, name)) reach(next, position + 1);
        break;
    }
  }
  return next;
}

bool GlobPattern::accepts(const Positions& positions) const {
  return !positions.empty() && positions.back() == components_.size();
}

bool GlobPattern::mayContinue(const Positions& positions) const {
  return !positions.empty() && positions.front() < components_.size();
}

const std::string* GlobPattern::onlyName(const Positions& positions) const {
  if (positions.size() != 1 || positions[0] == components_.size()) return nullptr;
  const Component& component = components_[positions[0]];
  return component.kind == Kind::kName ? &component.text : nullptr;
}

bool GlobPattern::matches(std::string_view path) const {
  Positions positions = start();
  for (std::string_view name : pathComponents(path)) {
    if (positions.empty()) return false;
    positions = after(positions, name);
  }
  return accepts(positions);
}

}  // namespace kiln::agent
