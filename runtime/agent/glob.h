// GlobPattern: a path with wildcards (facts §1.10), matched one component at a time.
//
// `*` any run of characters, `?` one character (UTF-8), `[a-z]` `[^a-z]` `[!a-z]` one of a class, `\c` c itself; none of them crosses a
// `/`. A component `**` is any number of components, none included; elsewhere `**` is `*`. Dots are ordinary characters. `.` components
// and empty ones do not count, so `./a//b` is `a/b`.
// A pattern is followed as a set of positions, so that no pattern takes more than (its components) x (those of the path) steps.
// A value. What is ill-formed (an open class, a last `\`) matches nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::agent {

class GlobPattern {
 public:
  // Positions in the pattern that a path has come to, in ascending order; empty: it cannot match any more.
  using Positions = std::vector<std::size_t>;

  explicit GlobPattern(std::string_view text);

  bool absolute() const { return absolute_; }

  Positions start() const;
  Positions after(const Positions& positions, std::string_view name) const;
  // The path so far is a match; longer ones may be.
  bool accepts(const Positions& positions) const;
  bool mayContinue(const Positions& positions) const;
  // The only name that can come next, so that nobody needs to look for others; null when there are more.
  const std::string* onlyName(const Positions& positions) const;

  // The whole of a path, whose own `.` and empty components do not count either.
  bool matches(std::string_view path) const;

 private:
  enum class Kind { kName, kWildcard, kAnyDepth };
  struct Component {
    Kind kind = Kind::kName;
    std::string text;
  };

  void add(std::string_view component);
  // Puts a position at the end, and the one after it if it may be skipped.
  void reach(Positions& positions, std::size_t position) const;

  std::vector<Component> components_;
  bool absolute_ = false;
  bool wellFormed_ = true;
};

// The components of a path that count: neither "" nor ".".
std::vector<std::string_view> pathComponents(std::string_view path);

}  // namespace kiln::agent
