#include "api/s3/checksum.h"

#include <gtest/gtest.h>

#include <random>

#include "api/s3/crc.h"
#include "api/s3/incoming.h"
#include "controller/core/text.h"

namespace kiln::api::s3 {
namespace {

std::string randomText(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random() & 0xffU);
  return text;
}

struct KnownDigest {
  Algorithm algorithm;
  const char* hex;
};

TEST(ChecksumTest, KnownVectorsOfTheDigitsOneToNine) {
  for (const auto& [algorithm, hex] :
       {KnownDigest{Algorithm::kCrc32, "cbf43926"}, KnownDigest{Algorithm::kCrc32c, "e3069283"},
        KnownDigest{Algorithm::kCrc64Nvme, "ae8b14860a799888"},
        KnownDigest{Algorithm::kSha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"},
        KnownDigest{Algorithm::kSha256,
                    "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"}}) {
    EXPECT_EQ(toHex(digestOf(algorithm, "123456789")), hex) << nameOf(algorithm);
  }
}

TEST(ChecksumTest, PiecesGiveWhatTheWholeGives) {
  const std::string text = randomText(10'000, 1);
  for (const Algorithm algorithm : kAlgorithms) {
    const auto running = startChecksum(algorithm);
    for (std::size_t at = 0, step = 1; at < text.size(); at += step, step = step * 3 % 101 + 1)
      running->add(std::string_view(text).substr(at, step));
    EXPECT_EQ(running->digest(), digestOf(algorithm, text)) << nameOf(algorithm);
  }
}

TEST(ChecksumTest, TheInstructionAndTheTableAgree) {
  const std::string text = randomText(1000, 2);
  for (std::size_t length = 0; length <= 40; ++length) {
    const std::string_view some = std::string_view(text).substr(length, length * 7);
    EXPECT_EQ(crc32c(7, some), crc32cByTable(7, some));
  }
}

TEST(ChecksumTest, CrcsOfPartsCombineToThatOfTheWhole) {
  for (const Algorithm algorithm : kAlgorithms) {
    if (!isCrc(algorithm)) continue;
    for (const std::size_t cut : {0UL, 1UL, 7UL, 4096UL, 9999UL, 10'000UL}) {
      const std::string text = randomText(10'000, 3);
      const std::string first = text.substr(0, cut);
      const std::string second = text.substr(cut);
      EXPECT_EQ(combineCrc(algorithm, digestOf(algorithm, first), digestOf(algorithm, second),
                           second.size()),
                digestOf(algorithm, text))
          << nameOf(algorithm) << " " << cut;
    }
  }
}

}  // namespace
}  // namespace kiln::api::s3
