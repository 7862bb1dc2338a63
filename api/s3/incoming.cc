#include "api/s3/incoming.h"

#include <openssl/evp.h>

#include <charconv>

#include "api/model/base64.h"
#include "controller/core/text.h"

namespace kiln::api::s3 {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;

bool isSha256Hex(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

std::optional<std::uint64_t> wholeNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

bool isChunked(const Request& request) {
  return request.header("x-amz-content-sha256").starts_with("STREAMING-") ||
         lowered(request.header("content-encoding")).find("aws-chunked") != std::string::npos;
}

S3Error badChecksumHeader(Algorithm algorithm) {
  return s3Error("InvalidRequest",
                 "Value for " + std::string(headerOf(algorithm)) + " header is invalid.");
}

bool isDigest(Algorithm algorithm, std::string_view base64) {
  const auto raw = fromBase64(base64);
  return raw && raw->size() == digestSize(algorithm);
}

}  // namespace

std::string md5Hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_md5(), nullptr);
  return toHex({reinterpret_cast<const char*>(digest), size});
}

S3Result<Incoming> Incoming::open(const Request& request, std::optional<Algorithm> fallback) {
  Incoming incoming;
  if (auto wrong = incoming.readHeaders(request, fallback)) return *wrong;
  return incoming;
}

std::optional<S3Error> Incoming::readHeaders(const Request& request,
                                             std::optional<Algorithm> fallback) {
  source_ = request.stream;
  if (auto wrong = readLength(request)) return wrong;
  if (const auto given = request.headers.find("content-md5"); given != request.headers.end()) {
    auto raw = fromBase64(given->second);
    if (!raw || raw->size() != 16)
      return s3Error("InvalidDigest").with("Content-MD5", given->second);
    md5_ = *raw;
  }
  const std::string_view hash = request.header("x-amz-content-sha256");
  if (isSha256Hex(hash)) {
    sha256_ = lowered(hash);
    payloadHash_ = startChecksum(Algorithm::kSha256);
  } else if (!hash.empty() && hash != "UNSIGNED-PAYLOAD" && !hash.starts_with("STREAMING-")) {
    return invalidArgument(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
        "x-amz-content-sha256", std::string(hash));
  }
  return readChecksum(request, fallback);
}

std::optional<S3Error> Incoming::readLength(const Request& request) {
  const bool chunked = isChunked(request);
  const std::string_view name = chunked ? "x-amz-decoded-content-length" : "content-length";
  const std::string_view given = request.header(name);
  if (given.empty()) {
    if (!chunked && !request.header("transfer-encoding").empty()) {
      return s3Error("NotImplemented").with("Header", "Transfer-Encoding");
    }
    return s3Error("MissingContentLength");
  }
  const auto length = wholeNumber(given);
  if (!length)
    return invalidArgument("The length is not a number", std::string(name), std::string(given));
  length_ = *length;
  if (chunked) {
    framing_ = std::make_unique<AwsChunked>(
        length_, !request.header("x-amz-trailer").empty() ||
                     request.header("x-amz-content-sha256").ends_with("-TRAILER"));
  }
  return std::nullopt;
}

std::optional<S3Error> Incoming::readChecksum(const Request& request,
                                              std::optional<Algorithm> fallback) {
  for (const Algorithm algorithm : kAlgorithms) {
    const auto at = request.headers.find(headerOf(algorithm));
    if (at == request.headers.end()) continue;
    if (algorithm_) {
      return s3Error("InvalidRequest",
                     "Expecting a single x-amz-checksum- header. Multiple checksum Types are not "
                     "allowed.");
    }
    if (!isDigest(algorithm, at->second)) return badChecksumHeader(algorithm);
    algorithm_ = algorithm;
    expected_ = at->second;
  }
  if (const auto trailer = algorithmOfHeader(lowered(request.header("x-amz-trailer")))) {
    if (algorithm_) {
      return s3Error("InvalidRequest",
                     "Expecting a single x-amz-checksum- header. Multiple checksum Types are not "
                     "allowed.");
    }
    algorithm_ = trailer;
    inTrailer_ = true;
  }
  const std::string_view promised = request.header("x-amz-sdk-checksum-algorithm");
  if (!promised.empty() && !algorithm_) {
    return s3Error("InvalidRequest",
                   "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* "
                   "or x-amz-trailer headers were found.");
  }
  if (!promised.empty() && algorithmNamed(promised) != algorithm_) {
    return s3Error("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  if (!algorithm_) algorithm_ = fallback;
  if (algorithm_) checksum_ = startChecksum(*algorithm_);
  return std::nullopt;
}

S3Result<std::string> Incoming::read() {
  std::string bytes;
  while (bytes.empty()) {
    auto raw = source_ ? source_->read(kReadBytes) : Result<std::string>(std::string());
    if (!raw.ok()) return brokenBody(raw.error());
    if (raw->empty()) {
      if (auto wrong = atEnd()) return *wrong;
      return std::string();
    }
    if (!framing_) {
      bytes = std::move(*raw);
    } else if (auto wrong = framing_->feed(*raw, bytes)) {
      return *wrong;
    }
  }
  taken_ += bytes.size();
  if (taken_ > length_) return s3Error("IncompleteBody");
  if (checksum_) checksum_->add(bytes);
  if (payloadHash_) payloadHash_->add(bytes);
  return bytes;
}

std::optional<S3Error> Incoming::atEnd() {
  if (framing_) {
    if (auto wrong = framing_->finish()) return wrong;
  }
  if (taken_ != length_) return s3Error("IncompleteBody");
  if (payloadHash_) {
    const std::string computed = toHex(payloadHash_->digest());
    if (computed != sha256_) {
      return s3Error("XAmzContentSHA256Mismatch")
          .with("ClientComputedContentSHA256", sha256_)
          .with("S3ComputedContentSHA256", computed);
    }
  }
  if (!checksum_) return std::nullopt;
  digest_ = DigestValue{*algorithm_, checksum_->digest()};
  if (inTrailer_) {
    const auto at =
        framing_ ? framing_->trailers().find(headerOf(*algorithm_)) : Headers::const_iterator{};
    if (!framing_ || at == framing_->trailers().end()) return s3Error("MalformedTrailerError");
    if (!isDigest(*algorithm_, at->second)) {
      return s3Error("InvalidRequest", "Value for " + std::string(headerOf(*algorithm_)) +
                                           " trailing header is invalid.");
    }
    expected_ = at->second;
  }
  if (!expected_.empty() && *fromBase64(expected_) != digest_->raw) {
    return s3Error("BadDigest", "The " + std::string(nameOf(*algorithm_)) +
                                    " you specified did not match the calculated checksum.");
  }
  return std::nullopt;
}

std::optional<S3Error> Incoming::checkMd5(std::string_view hex) const {
  if (md5_.empty() || hex.empty() || toHex(md5_) == hex) return std::nullopt;
  return s3Error("BadDigest")
      .with("ExpectedDigest", toBase64(md5_))
      .with("CalculatedDigest", std::string(hex));
}

}  // namespace kiln::api::s3
