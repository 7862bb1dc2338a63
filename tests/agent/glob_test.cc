// Which paths a pattern matches (facts §1.10).
#include "runtime/agent/glob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <regex>

namespace kiln::agent {
namespace {

struct GlobRow {
  const char* pattern;
  std::vector<const char*> matching;
  std::vector<const char*> others;
};

TEST(AgentGlob, MatchesWhatTheFactsSay) {
  const GlobRow rows[] = {
      {"a", {"a", "./a", "a/", ".//a"}, {"b", "a/b", "aa", "", "A"}},
      {"a/b", {"a/b", "a//b", "a/./b"}, {"a", "b", "a/b/c"}},
      {"./a//b/", {"a/b"}, {"a"}},
      {"*", {"a", ".a", "a.b", "é"}, {"a/b", ""}},
      {"*.js", {".js", "a.js", "a.b.js"}, {"a.jsx", "a/b.js", "js"}},
      {"a*b*c", {"abc", "aXbYc", "abbbc", "abcbc"}, {"ab", "abcd", "acb"}},
      {"?", {"a", "é", "日", "\xFF"}, {"", "ab", "a/b"}},
      {"a?c", {"abc", "a c", "aéc"}, {"ac", "abbc", "a/c"}},
      {"**", {"a", "a/b/c", ".x/.y"}, {}},
      {"**/*", {"a", "a/b/c", ".x/.y"}, {}},
      {"**/**/*", {"a", "a/b"}, {}},
      {"**/a", {"a", "b/a", "b/c/a"}, {"ba", "a/b"}},
      {"a/**", {"a", "a/b", "a/b/c"}, {"b", "ab/c"}},
      {"a/**/b", {"a/b", "a/x/b", "a/x/y/b", "a/b/b"}, {"b", "ab", "a/b/c"}},
      {"**/a/**/b/**/*", {"a/b/c", "x/a/y/b/z/c"}, {"a/b", "b/a/c"}},
      {"a**b", {"ab", "axxb"}, {"a/b"}},
      {"**.js", {"a.js", ".js"}, {"a/b.js"}},
      {"a/***/b", {"a/x/b"}, {"a/b", "a/x/y/b"}},
      {"[abc]", {"a", "b", "c"}, {"d", "", "ab"}},
      {"[a-c0-9]x", {"ax", "bx", "5x"}, {"dx", "-x"}},
      {"[^a-c]", {"d", "-", "é"}, {"a", "b", ""}},
      {"[!a]", {"b"}, {"a"}},
      {"[]a]", {"]", "a"}, {"b"}},
      {"[^]a]", {"b"}, {"]", "a"}},
      {"[a-]", {"a", "-"}, {"b"}},
      {"[-a]", {"a", "-"}, {"b"}},
      {"[\\]]", {"]"}, {"\\"}},
      {"[\\--a]", {"-", "0", "a"}, {"b"}},
      {"[à-ü]", {"é"}, {"e", "\xE9"}},
      {"[z-a]", {}, {"a", "m", "z"}},
      {"[*?]", {"*", "?"}, {"a"}},
      {"\\*", {"*"}, {"a", "\\*"}},
      {"a\\?b*", {"a?b", "a?bc"}, {"axb"}},
      {"\\[a]", {"[a]"}, {"a"}},
      {"{a,b}", {"{a,b}"}, {"a", "b"}},
      {"a b", {"a b"}, {"ab"}},
      {".*", {".a", "."}, {"a"}},
      {"/a/*", {"/a/b", "a/b"}, {"/b/a"}},
  };
  for (const GlobRow& row : rows) {
    const GlobPattern pattern(row.pattern);
    for (const char* path : row.matching) {
      if (std::string_view(path) == ".") continue;  // no component
      EXPECT_TRUE(pattern.matches(path)) << row.pattern << " should match " << path;
    }
    for (const char* path : row.others) {
      EXPECT_FALSE(pattern.matches(path)) << row.pattern << " should not match " << path;
    }
  }
}

TEST(AgentGlob, IllFormedPatternsMatchNothing) {
  for (const char* text : {"", "[", "[a", "[]", "[^]", "[a-", "a[b/c]", "\\", "a\\", "x/[", "**/["})
    for (const char* path : {"", "[", "[a", "a", "x", "x/[", "\\", "a\\"}) {
      EXPECT_FALSE(GlobPattern(text).matches(path)) << text << " and " << path;
    }
}

TEST(AgentGlob, PatternsMadeToBeSlowAreNot) {
  std::string stars;
  std::string depths;
  std::string path;
  for (int i = 0; i < 1000; ++i) {
    stars += "*a";
    depths += "**/a/";
    path += "a/a/";
  }
  const std::string name(4000, 'a');
  EXPECT_FALSE(GlobPattern(stars + "b").matches(name));
  EXPECT_TRUE(GlobPattern(stars + "*").matches(name));
  EXPECT_FALSE(GlobPattern(depths + "b").matches(path));
  EXPECT_TRUE(GlobPattern(depths + "**").matches(path));
}

TEST(AgentGlob, OnlyANameThatMustComeNextIsGivenAway) {
  const GlobPattern pattern("a/*/b/**/c");
  auto positions = pattern.start();
  ASSERT_NE(pattern.onlyName(positions), nullptr);
  EXPECT_EQ(*pattern.onlyName(positions), "a");
  positions = pattern.after(positions, "a");
  EXPECT_EQ(pattern.onlyName(positions), nullptr);
  positions = pattern.after(positions, "x");
  EXPECT_EQ(*pattern.onlyName(positions), "b");
  positions = pattern.after(positions, "b");
  EXPECT_EQ(pattern.onlyName(positions), nullptr);
  EXPECT_TRUE(pattern.mayContinue(positions));
  positions = pattern.after(positions, "c");
  EXPECT_TRUE(pattern.accepts(positions));
  EXPECT_TRUE(pattern.mayContinue(positions));
  EXPECT_TRUE(pattern.after(pattern.start(), "b").empty());
}

// The same by another road: a regular expression made of the pattern.
TEST(AgentGlob, AgreesWithARegularExpressionOnRandomPatterns) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  const auto pick = [&random](std::vector<std::string> from) {
    return from[random() % from.size()];
  };
  for (int round = 0; round < 3000; ++round) {
    std::string pattern;
    std::string expression;
    const std::size_t parts = 1 + random() % 4;
    for (std::size_t i = 0; i < parts; ++i) {
      const std::string part = pick({"**", "a", "b", "*", "a*", "*b", "?", "[ab]", "*a*b"});
      pattern += (i == 0 ? "" : "/") + part;
      if (part == "**") {
        expression += "(/[^/]+)*";
        continue;
      }
      expression += '/';
      for (char c : part) expression += c == '*' ? "[^/]*" : c == '?' ? "[^/]" : std::string(1, c);
    }
    std::string path;
    const std::size_t depth = 1 + random() % 4;
    for (std::size_t i = 0; i < depth; ++i) {
      path += (i == 0 ? "" : "/") + pick({"a", "b", "ab", "ba", "aab", "c"});
    }
    ASSERT_EQ(GlobPattern(pattern).matches(path),
              std::regex_match("/" + path, std::regex(expression)))
        << pattern << " and " << path << ", seed " << seed;
  }
}

}  // namespace
}  // namespace kiln::agent
