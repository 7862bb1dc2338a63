// CRC-32C and CRC-64/NVME, eight bytes at a step; and the CRC of two texts put together. Pure functions.
//
// `before` is the CRC of what came before, 0 at the beginning, as with zlib's crc32().
#pragma once

#include <cstdint>
#include <string_view>

namespace kiln::api::s3 {

inline constexpr std::uint64_t kCrc32Polynomial = 0xedb88320U;
inline constexpr std::uint64_t kCrc32cPolynomial = 0x82f63b78U;
inline constexpr std::uint64_t kCrc64NvmePolynomial = 0x9a6c9329ac4bc9b5U;

std::uint32_t crc32c(std::uint32_t before, std::string_view bytes);
std::uint32_t crc32cByTable(std::uint32_t before, std::string_view bytes);
std::uint64_t crc64Nvme(std::uint64_t before, std::string_view bytes);

// Of reflected CRCs with `polynomial`: the CRC of the whole from that of the first part and of the second, which has `length` bytes.
std::uint64_t combineCrcs(std::uint64_t polynomial, std::uint64_t first, std::uint64_t second,
                          std::uint64_t length);

}  // namespace kiln::api::s3
