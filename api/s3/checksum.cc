#include "api/s3/checksum.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>

#include "api/s3/crc.h"
#include "controller/core/result.h"

namespace kiln::api::s3 {
namespace {

std::string bigEndian(std::uint64_t number, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t at = size; at > 0; --at, number >>= 8U)
    bytes[at - 1] = static_cast<char>(number & 0xffU);
  return bytes;
}

std::uint64_t fromBigEndian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = (number << 8U) | static_cast<unsigned char>(byte);
  return number;
}

std::uint64_t polynomialOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kCrc32: return kCrc32Polynomial;
    case Algorithm::kCrc32c: return kCrc32cPolynomial;
    case Algorithm::kCrc64Nvme: return kCrc64NvmePolynomial;
    case Algorithm::kSha1:
    case Algorithm::kSha256: break;
  }
  unreachable();
}

class Crc final : public Checksum {
 public:
  explicit Crc(Algorithm algorithm) : algorithm_(algorithm) {}
  void add(std::string_view bytes) override {
    switch (algorithm_) {
      case Algorithm::kCrc32:
        crc_ = crc32_z(crc_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
        return;
      case Algorithm::kCrc32c: crc_ = crc32c(static_cast<std::uint32_t>(crc_), bytes); return;
      case Algorithm::kCrc64Nvme: crc_ = crc64Nvme(crc_, bytes); return;
      case Algorithm::kSha1:
      case Algorithm::kSha256: break;
    }
    unreachable();
  }
  std::string digest() override { return bigEndian(crc_, digestSize(algorithm_)); }

 private:
  Algorithm algorithm_;
  std::uint64_t crc_ = 0;
};

class Sha final : public Checksum {
 public:
  explicit Sha(const EVP_MD* kind) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (EVP_DigestInit_ex(context_.get(), kind, nullptr) != 1) unreachable();
  }
  void add(std::string_view bytes) override {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
  }
  std::string digest() override {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), bytes, &size);
    return {reinterpret_cast<const char*>(bytes), size};
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

constexpr std::string_view kHeaderPrefix = "x-amz-checksum-";

}  // namespace

std::string_view nameOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kCrc32: return "CRC32";
    case Algorithm::kCrc32c: return "CRC32C";
    case Algorithm::kCrc64Nvme: return "CRC64NVME";
    case Algorithm::kSha1: return "SHA1";
    case Algorithm::kSha256: return "SHA256";
  }
  unreachable();
}

std::string_view headerOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kCrc32: return "x-amz-checksum-crc32";
    case Algorithm::kCrc32c: return "x-amz-checksum-crc32c";
    case Algorithm::kCrc64Nvme: return "x-amz-checksum-crc64nvme";
    case Algorithm::kSha1: return "x-amz-checksum-sha1";
    case Algorithm::kSha256: return "x-amz-checksum-sha256";
  }
  unreachable();
}

std::string memberOf(Algorithm algorithm) { return "Checksum" + std::string(nameOf(algorithm)); }

std::optional<Algorithm> algorithmNamed(std::string_view name) {
  const auto same = [&](Algorithm algorithm) {
    const std::string_view own = nameOf(algorithm);
    return std::equal(own.begin(), own.end(), name.begin(), name.end(), [](char a, char b) {
      return a == std::toupper(static_cast<unsigned char>(b));
    });
  };
  const auto at = std::find_if(kAlgorithms.begin(), kAlgorithms.end(), same);
  return at == kAlgorithms.end() ? std::nullopt : std::optional(*at);
}

std::optional<Algorithm> algorithmOfHeader(std::string_view name) {
  if (!name.starts_with(kHeaderPrefix)) return std::nullopt;
  return algorithmNamed(name.substr(kHeaderPrefix.size()));
}

std::size_t digestSize(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kCrc32:
    case Algorithm::kCrc32c: return 4;
    case Algorithm::kCrc64Nvme: return 8;
    case Algorithm::kSha1: return 20;
    case Algorithm::kSha256: return 32;
  }
  unreachable();
}

bool isCrc(Algorithm algorithm) {
  return algorithm != Algorithm::kSha1 && algorithm != Algorithm::kSha256;
}

std::unique_ptr<Checksum> startChecksum(Algorithm algorithm) {
  if (algorithm == Algorithm::kSha1) return std::make_unique<Sha>(EVP_sha1());
  if (algorithm == Algorithm::kSha256) return std::make_unique<Sha>(EVP_sha256());
  return std::make_unique<Crc>(algorithm);
}

std::string digestOf(Algorithm algorithm, std::string_view bytes) {
  const auto checksum = startChecksum(algorithm);
  checksum->add(bytes);
  return checksum->digest();
}

std::string combineCrc(Algorithm algorithm, std::string_view first, std::string_view second,
                       std::uint64_t length) {
  return bigEndian(
      combineCrcs(polynomialOf(algorithm), fromBigEndian(first), fromBigEndian(second), length),
      digestSize(algorithm));
}

}  // namespace kiln::api::s3
