#include "api/s3/aws_chunked.h"

#include <gtest/gtest.h>

#include <random>

namespace kiln::api::s3 {
namespace {

struct Decoded {
  std::string code;  // of the error; empty: none
  std::string bytes;
  Headers trailers;
};

Decoded decode(const std::string& wire, std::uint64_t length, bool trailers,
               const std::function<std::size_t()>& step) {
  AwsChunked framing(length, trailers);
  Decoded decoded;
  for (std::size_t at = 0; at < wire.size();) {
    const std::size_t size = std::min(step(), wire.size() - at);
    if (auto wrong = framing.feed(std::string_view(wire).substr(at, size), decoded.bytes)) {
      decoded.code = wrong->code;
      return decoded;
    }
    at += size;
  }
  if (auto wrong = framing.finish()) decoded.code = wrong->code;
  decoded.trailers = framing.trailers();
  return decoded;
}

Decoded decodeWhole(const std::string& wire, std::uint64_t length, bool trailers = true) {
  return decode(wire, length, trailers, [&] { return wire.size(); });
}

std::string signedChunk(const std::string& bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx", bytes.size());
  return std::string(size) + ";chunk-signature=" + std::string(64, 'a') + "\r\n" + bytes + "\r\n";
}

const std::string kLast = "0;chunk-signature=" + std::string(64, 'b') + "\r\n";

std::string threeChunks() {
  return signedChunk(std::string(8192, 'x')) + signedChunk(std::string(8192, 'y')) +
         signedChunk("tail") + kLast + "x-amz-checksum-crc32:AAAAAA==\r\n" +
         "x-amz-trailer-signature:00\r\n\r\n";
}

TEST(AwsChunkedTest, SignedChunksAndTrailersFedByteByByte) {
  const Decoded decoded = decode(threeChunks(), 16388, true, [] { return 1UL; });
  EXPECT_EQ(decoded.code, "");
  EXPECT_EQ(decoded.bytes, std::string(8192, 'x') + std::string(8192, 'y') + "tail");
  EXPECT_EQ(decoded.trailers.at("x-amz-checksum-crc32"), "AAAAAA==");
}

TEST(AwsChunkedTest, RandomSplitsGiveTheSame) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const Decoded decoded = decode(threeChunks(), 16388, true, [&] { return random() % 900 + 1; });
    ASSERT_EQ(decoded.code, "");
    ASSERT_EQ(decoded.bytes.size(), 16388U);
  }
}

TEST(AwsChunkedTest, UnsignedWithTrailer) {
  const Decoded decoded = decodeWhole("4\r\nbody\r\n0\r\nx-amz-checksum-crc32:q\r\n\r\n", 4);
  EXPECT_EQ(decoded.code, "");
  EXPECT_EQ(decoded.bytes, "body");
}

TEST(AwsChunkedTest, AnEmptyBodyIsOneLastChunk) { EXPECT_EQ(decodeWhole("0\r\n\r\n", 0).code, ""); }

TEST(AwsChunkedTest, MalformedFramingIsRefused) {
  struct Row {
    std::string wire;
    std::uint64_t length;
    const char* code;
  };
  const std::vector<Row> rows{
      {"", 0, "IncompleteBody"},
      {"4\r\nbody\r\n", 4, "IncompleteBody"},
      {"4\r\nbo", 4, "IncompleteBody"},
      {"4\r\nbodyX\r\n0\r\n\r\n", 4, "IncompleteBody"},
      {"4\r\nbody\r\n0\r\n\r\n", 5, "IncompleteBody"},
      {"4\r\nbody\r\n0\r\n\r\n", 3, "IncompleteBody"},
      {"x\r\nbody\r\n0\r\n\r\n", 4, "InvalidChunkSizeError"},
      {"-4\r\nbody\r\n", 4, "InvalidChunkSizeError"},
      {"\r\nbody\r\n", 4, "InvalidChunkSizeError"},
      {"ffffffffffffffffff\r\n", 4, "InvalidChunkSizeError"},
      {"2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", 4, "InvalidChunkSizeError"},
      {std::string(5000, '1'), 4, "InvalidChunkSizeError"},
      {"4\r\nbody\r\n0\r\nno colon\r\n\r\n", 4, "MalformedTrailerError"},
      {"4\r\nbody\r\n0\r\n:value\r\n\r\n", 4, "MalformedTrailerError"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(decodeWhole(row.wire, row.length).code, row.code) << row.wire.substr(0, 40);
}

TEST(AwsChunkedTest, TrailersThatWereNotAnnouncedAreRefused) {
  EXPECT_EQ(decodeWhole("0\r\na:b\r\n\r\n", 0, false).code, "MalformedTrailerError");
}

}  // namespace
}  // namespace kiln::api::s3
