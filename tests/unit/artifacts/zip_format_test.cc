// The records of a zip where numbers outgrow them, as PKWARE's APPNOTE has them.
#include "runtime/artifacts/zip_format.h"

#include <gtest/gtest.h>

#include "controller/core/text.h"

namespace kiln::runtime {
namespace {

const ZipEntry kSmall{.name = "a/b",
                      .mode = 0100755,
                      .modified = 1'600'000'001,  // 2020-09-13 12:26:41
                      .deflated = true,
                      .crc = 0x12345678,
                      .packed = 5,
                      .size = 7,
                      .offset = 0x11};

TEST(ZipFormat, AnOrdinaryEntry) {
  EXPECT_EQ(toHex(zipLocalHeader(kSmall)),
            "504b0304"
            "1400"
            "0000"
            "0800"
            "54632d51"
            "78563412"
            "05000000"
            "07000000"
            "0300"
            "0900"
            "612f62"
            "55540500"
            "01"
            "01105e5f");
  EXPECT_EQ(toHex(zipCentralHeader(kSmall)),
            "504b0102"
            "2d03"
            "1400"
            "0000"
            "0800"
            "54632d51"
            "78563412"
            "05000000"
            "07000000"
            "0300"
            "0900"
            "0000"
            "0000"
            "0000"
            "0000ed81"
            "11000000"
            "612f62"
            "55540500"
            "01"
            "01105e5f");
  EXPECT_EQ(toHex(zipEnd({.entries = 2, .offset = 0x100, .size = 0x40})),
            "504b0506"
            "0000"
            "0000"
            "0200"
            "0200"
            "40000000"
            "00010000"
            "0000");
}

TEST(ZipFormat, SizesBeyondFourGigabytesAreInZip64) {
  ZipEntry large = kSmall;
  large.size = std::uint64_t{5} << 32;
  EXPECT_EQ(toHex(zipLocalHeader(large)).substr(8, 4), "2d00");
  EXPECT_EQ(toHex(zipLocalHeader(large)).substr(36, 16), "ffffffffffffffff");
  EXPECT_TRUE(toHex(zipLocalHeader(large))
                  .ends_with("01001000"
                             "0000000005000000"
                             "0500000000000000"));
  EXPECT_TRUE(toHex(zipCentralHeader(large))
                  .ends_with("01001000"
                             "0000000005000000"
                             "0500000000000000"));
}

TEST(ZipFormat, OffsetsBeyondFourGigabytesAreInZip64) {
  ZipEntry far = kSmall;
  far.offset = 0xffffffff;
  EXPECT_EQ(zipLocalHeader(far), zipLocalHeader(kSmall));
  EXPECT_TRUE(toHex(zipCentralHeader(far))
                  .ends_with("01000800"
                             "ffffffff00000000"));
  EXPECT_EQ(toHex(zipCentralHeader(far)).substr(84, 8), "ffffffff");
}

TEST(ZipFormat, ADirectoryThatOutgrowsThePlainEndHasBoth) {
  const ZipDirectory many{.entries = 65'535, .offset = 0x1000, .size = 0x200};
  const auto end = toHex(zipEnd(many));
  EXPECT_TRUE(
      end.starts_with("504b0606"
                      "2c00000000000000"
                      "2d03"
                      "2d00"
                      "00000000"
                      "00000000"
                      "ffff000000000000"
                      "ffff000000000000"
                      "0002000000000000"
                      "0010000000000000"
                      "504b0607"
                      "00000000"
                      "0012000000000000"
                      "01000000"));
  EXPECT_TRUE(
      end.ends_with("504b0506"
                    "00000000"
                    "ffff"
                    "ffff"
                    "00020000"
                    "00100000"
                    "0000"));
  EXPECT_EQ(zipEnd({.entries = 65'534, .offset = 0x1000, .size = 0x200}).size(), 22U);
  EXPECT_GT(zipEnd({.entries = 1, .offset = 0xffffffff, .size = 0x200}).size(), 22U);
}

TEST(ZipFormat, TimesOutsideWhatAZipHoldsAreItsFirstAndLast) {
  ZipEntry old = kSmall;
  old.modified = -5;
  EXPECT_EQ(toHex(zipLocalHeader(old)).substr(20, 8), "00002100");
  EXPECT_TRUE(toHex(zipLocalHeader(old)).ends_with("0100000000"));
  ZipEntry late = kSmall;
  late.modified = 99'999'999'999;
  EXPECT_EQ(toHex(zipLocalHeader(late)).substr(20, 8), "7dbf9fff");
  EXPECT_TRUE(toHex(zipLocalHeader(late)).ends_with("01ffffff7f"));
}

TEST(ZipFormat, OnlyNamesThatAreUtf8AndNeedItAreSaidToBe) {
  const auto flags = [](const std::string& name) {
    ZipEntry entry = kSmall;
    entry.name = name;
    return toHex(zipLocalHeader(entry).substr(6, 2));
  };
  EXPECT_EQ(flags("caf\xC3\xA9"), "0008");
  EXPECT_EQ(flags("cafe"), "0000");
  EXPECT_EQ(flags("caf\xE9"), "0000");
  EXPECT_EQ(flags("overlong \xE0\x80\xAF"), "0000");
  EXPECT_EQ(flags("surrogate \xED\xA0\x80"), "0000");
  EXPECT_EQ(flags("beyond \xF4\x90\x80\x80"), "0000");
}

}  // namespace
}  // namespace kiln::runtime
