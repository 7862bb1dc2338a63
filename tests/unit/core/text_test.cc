#include "controller/core/text.h"

#include <gtest/gtest.h>

namespace kiln {
namespace {

TEST(TextTest, OnlyAsciiLettersAreLowered) {
  EXPECT_EQ(lowered("AbC-Z1"), "abc-z1");
  EXPECT_EQ(lowered("\xc3\x84@["), "\xc3\x84@[");
}

TEST(TextTest, BlanksGoFromBothEndsAndStayInside) {
  EXPECT_EQ(trimmed(" \ta b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \t"), "");
  EXPECT_EQ(trimmed("\"a \"", "\""), "a ");
}

TEST(TextTest, BytesAreTwoDigitsEach) {
  EXPECT_EQ(toHex(std::string("\x00\x7f\xff", 3)), "007fff");
  EXPECT_EQ(toHex(""), "");
  EXPECT_EQ(fromHex("007fff"), std::string("\x00\x7f\xff", 3));
  EXPECT_EQ(fromHex(""), "");
  for (const char* other : {"0", "0G", "FF", "0 "}) EXPECT_EQ(fromHex(other), std::nullopt);
}

}  // namespace
}  // namespace kiln
