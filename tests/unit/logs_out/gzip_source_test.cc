#include "runtime/logs/gzip_source.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

namespace kiln::runtime {
namespace {

ByteSource piecesOf(const std::string& text, std::size_t size) {
  return [&text, size, at = std::size_t{0}]() mutable -> Result<std::string> {
    const auto piece = text.substr(at, size);
    at += piece.size();
    return piece;
  };
}

std::string packed(const std::string& text, std::size_t size) {
  GzipSource source(piecesOf(text, size));
  std::string all;
  for (;;) {
    auto piece = source.next();
    if (!piece.ok()) throw std::runtime_error(piece.error().message);
    if (piece->empty()) break;
    all += *piece;
  }
  EXPECT_EQ(*source.next(), "");  // and stays at its end
  return all;
}

std::string unpacked(const std::string& bytes, std::size_t expected) {
  std::string text(expected + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);  // one member, nothing behind it
  text.resize(stream.total_out);
  ::inflateEnd(&stream);
  return text;
}

TEST(GzipSource, WhatGoesInComesOutAgainHoweverItIsDivided) {
  std::mt19937 dice(7);
  std::string noise(300'000, '\0');
  for (char& c : noise) c = static_cast<char>(dice());
  const std::string texts[] = {"", "a", std::string(1 << 20, 'x'), noise};
  for (const auto& text : texts) {
    for (const std::size_t size : {std::size_t{1000}, std::size_t{65'536}, std::size_t{4 << 20}})
      EXPECT_TRUE(unpacked(packed(text, size), text.size()) == text) << text.size() << " " << size;
  }
}

TEST(GzipSource, TheSameBytesGiveTheSameStream) {
  const std::string text(100'000, 'y');
  EXPECT_EQ(packed(text, 777), packed(text, 777));
}

TEST(GzipSource, ASourceThatFailsIsAFailure) {
  GzipSource source([]() -> Result<std::string> { return Error{Code::kCorrupt, "half a frame"}; });
  auto piece = source.next();
  ASSERT_FALSE(piece.ok());
  EXPECT_EQ(piece.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace kiln::runtime
