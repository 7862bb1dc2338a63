// The checksums of S3: computed as bytes pass, combined for objects that are uploaded in parts.
//
// A running Checksum belongs to one thread. All else are pure functions. CRC32C uses the processor's instruction where there is one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kiln::api::s3 {

enum class Algorithm { kCrc32, kCrc32c, kCrc64Nvme, kSha1, kSha256 };
inline constexpr std::array kAlgorithms{Algorithm::kCrc32, Algorithm::kCrc32c,
                                        Algorithm::kCrc64Nvme, Algorithm::kSha1,
                                        Algorithm::kSha256};

std::string_view nameOf(Algorithm algorithm);                       // CRC64NVME
std::string_view headerOf(Algorithm algorithm);                     // x-amz-checksum-crc64nvme
std::string memberOf(Algorithm algorithm);                          // ChecksumCRC64NVME
std::optional<Algorithm> algorithmNamed(std::string_view name);     // any case
std::optional<Algorithm> algorithmOfHeader(std::string_view name);  // lower case
std::size_t digestSize(Algorithm algorithm);
bool isCrc(Algorithm algorithm);

class Checksum {
 public:
  virtual ~Checksum() = default;
  virtual void add(std::string_view bytes) = 0;
  virtual std::string digest() = 0;  // raw, big-endian; once
};

std::unique_ptr<Checksum> startChecksum(Algorithm algorithm);
std::string digestOf(Algorithm algorithm, std::string_view bytes);  // raw

// The CRC of two texts one after the other, of which `first` and `second` are the raw CRCs and `length` the second one's bytes.
std::string combineCrc(Algorithm algorithm, std::string_view first, std::string_view second,
                       std::uint64_t length);

}  // namespace kiln::api::s3
