#include "api/s3/crc.h"

#include <array>
#include <bit>
#include <cstring>

namespace kiln::api::s3 {
namespace {

static_assert(std::endian::native == std::endian::little, "the steps load words as they lie");

template <typename Word>
using Tables = std::array<std::array<Word, 256>, 8>;

template <typename Word>
constexpr Tables<Word> makeTables(Word polynomial) {
  Tables<Word> tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    Word crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? polynomial : 0);
    tables[0][byte] = crc;
  }
  for (unsigned step = 1; step < 8; ++step) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const Word crc = tables[step - 1][byte];
      tables[step][byte] = (crc >> 8U) ^ tables[0][crc & 0xffU];
    }
  }
  return tables;
}

constexpr auto kTables32c = makeTables<std::uint32_t>(kCrc32cPolynomial);
constexpr auto kTables64 = makeTables<std::uint64_t>(kCrc64NvmePolynomial);

std::uint64_t load(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

template <typename Word>
Word byTable(const Tables<Word>& tables, Word before, std::string_view bytes) {
  Word crc = ~before;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    const std::uint64_t word = load(at) ^ crc;
    crc = tables[7][word & 0xffU] ^ tables[6][(word >> 8U) & 0xffU] ^
          tables[5][(word >> 16U) & 0xffU] ^ tables[4][(word >> 24U) & 0xffU] ^
          tables[3][(word >> 32U) & 0xffU] ^ tables[2][(word >> 40U) & 0xffU] ^
          tables[1][(word >> 48U) & 0xffU] ^ tables[0][word >> 56U];
  }
  for (; left > 0; --left, ++at) {
    crc = (crc >> 8U) ^ tables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xffU];
  }
  return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t byInstruction(std::uint32_t before,
                                                              std::string_view bytes) {
  std::uint64_t crc = ~before;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) crc = __builtin_ia32_crc32di(crc, load(at));
  auto tail = static_cast<std::uint32_t>(crc);
  for (; left > 0; --left, ++at) {
    tail = __builtin_ia32_crc32qi(tail, static_cast<unsigned char>(*at));
  }
  return ~tail;
}
#endif

// A linear map on the bits of a CRC: column i is where bit i goes.
using Matrix = std::array<std::uint64_t, 64>;

std::uint64_t times(const Matrix& matrix, std::uint64_t bits) {
  std::uint64_t sum = 0;
  for (; bits != 0; bits &= bits - 1) {
    sum ^= matrix[static_cast<std::size_t>(std::countr_zero(bits))];
  }
  return sum;
}

Matrix squared(const Matrix& matrix) {
  Matrix square{};
  for (std::size_t at = 0; at < matrix.size(); ++at) square[at] = times(matrix, matrix[at]);
  return square;
}

// What one zero byte does to a CRC.
Matrix oneByte(std::uint64_t polynomial) {
  Matrix bit{};
  bit[0] = polynomial;
  for (std::size_t at = 1; at < bit.size(); ++at) bit[at] = std::uint64_t{1} << (at - 1);
  return squared(squared(squared(bit)));
}

}  // namespace

std::uint32_t crc32cByTable(std::uint32_t before, std::string_view bytes) {
  return byTable(kTables32c, before, bytes);
}

std::uint32_t crc32c(std::uint32_t before, std::string_view bytes) {
#if defined(__x86_64__)
  static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
  if (kHasInstruction) return byInstruction(before, bytes);
#endif
  return crc32cByTable(before, bytes);
}

std::uint64_t crc64Nvme(std::uint64_t before, std::string_view bytes) {
  return byTable(kTables64, before, bytes);
}

std::uint64_t combineCrcs(std::uint64_t polynomial, std::uint64_t first, std::uint64_t second,
                          std::uint64_t length) {
  Matrix zeros = oneByte(polynomial);
  for (; length != 0; length >>= 1U) {
    if ((length & 1U) != 0) first = times(zeros, first);
    if (length > 1) zeros = squared(zeros);
  }
  return first ^ second;
}

}  // namespace kiln::api::s3
