#include "controller/core/utf8.h"

#include <gtest/gtest.h>

namespace kiln {
namespace {

TEST(Utf8, WhatIsTextStaysAndEveryOtherByteIsReplaced) {
  const std::string bad = "\xEF\xBF\xBD";
  const std::pair<std::string, std::string> rows[] = {
      {"", ""},
      {"plain text that is longer than eight bytes", "plain text that is longer than eight bytes"},
      {"h\xC3\xA9llo \xE2\x82\xAC \xF0\x9F\x8E\x89", "h\xC3\xA9llo \xE2\x82\xAC \xF0\x9F\x8E\x89"},
      {"caf\xE9", "caf" + bad},
      {"\xE9 and then more than eight bytes", bad + " and then more than eight bytes"},
      {"\xC0\xAF", bad + bad},                      // overlong
      {"\xED\xA0\x80", bad + bad + bad},            // a surrogate
      {"\xF4\x90\x80\x80", bad + bad + bad + bad},  // beyond the last one
      {"\xE2\x82", bad + bad},                      // cut off
      {std::string("\0\x01", 2), std::string("\0\x01", 2)},
  };
  for (const auto& [given, expected] : rows) EXPECT_EQ(asUtf8(given), expected);
}

TEST(Utf8, AnEndWithinACharacterIsSeen) {
  for (const char* text : {"a\xC3", "\xE2\x82", "\xF0\x9F\x8E"})
    EXPECT_TRUE(endsWithinCharacter(text));
  for (const char* text : {"", "a", "\xC3\xA9", "\x80\x80", "\xFF", "\xF0\x9F\x8E\x89"})
    EXPECT_FALSE(endsWithinCharacter(text)) << text;
}

}  // namespace
}  // namespace kiln
