#include "api/model/pattern.h"

#include <gtest/gtest.h>

namespace kiln::api {
namespace {

TEST(Pattern, MatchesTheWholeText) {
  const Pattern name("[a-z]+");
  EXPECT_TRUE(name.matches("abc"));
  EXPECT_FALSE(name.matches("abc "));
  EXPECT_FALSE(name.matches(" abc"));
  EXPECT_FALSE(name.matches("abc\n"));
  EXPECT_FALSE(Pattern("^[a-z]+$").matches("abc\n"));
}

TEST(Pattern, AlternativesAreAnchoredTogether) {
  const Pattern either("AWS|ThirdParty");
  EXPECT_TRUE(either.matches("ThirdParty"));
  EXPECT_FALSE(either.matches("AWSx"));
  EXPECT_TRUE(Pattern("a|ab").matches("ab"));
}

TEST(Pattern, KnowsUnicodeClasses) {
  const Pattern tag("^([\\p{L}\\p{Z}\\p{N}_.:/=@+\\-]*)$");
  EXPECT_TRUE(tag.matches("Größe 日本 ٣"));
  EXPECT_FALSE(tag.matches("a!b"));
}

// The forms that the tables of the services use and that other engines refuse.
TEST(Pattern, TakesTheFormsOfTheTables) {
  EXPECT_TRUE(Pattern("[\\w-_]*").matches("a-b_c"));
  EXPECT_TRUE(Pattern("[\\w-]*").matches("a-b"));
  EXPECT_TRUE(Pattern("[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+").matches("sha256:0aF"));
  EXPECT_TRUE(Pattern("[\\w+=/:,.@\\-\\*]*").matches("a-*"));
  EXPECT_TRUE(Pattern("^(?!\\s*$).+").matches("x"));
  EXPECT_FALSE(Pattern("^(?!\\s*$).+").matches("  "));
  EXPECT_TRUE(Pattern("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+").matches("a\té"));
  EXPECT_FALSE(Pattern("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+").matches("日"));
  EXPECT_TRUE(Pattern("(?i)all|[0-9]{12}").matches("ALL"));
  EXPECT_TRUE(Pattern("([$]LATEST)|([1-9][0-9]*)").matches("$LATEST"));
}

TEST(Pattern, ADisastrousMatchEndsAsNoMatch) {
  const Pattern bad("(a+)+b");
  EXPECT_FALSE(bad.matches(std::string(5000, 'a')));
}

TEST(Pattern, TakesALongText) {
  EXPECT_TRUE(Pattern("^([\\p{L}_.-]*)$").matches(std::string(1'000'000, 'a')));
}

}  // namespace
}  // namespace kiln::api
