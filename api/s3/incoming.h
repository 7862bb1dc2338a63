// Incoming: a request's body as its bytes come: aws-chunked framing taken off, length and checksums checked at its end.
//
// One thread, one request. Memory: two chunks.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/http/request.h"
#include "api/s3/aws_chunked.h"
#include "api/s3/checksum.h"
#include "api/s3/errors.h"

namespace kiln::api::s3 {

// What was computed over the decoded body.
struct DigestValue {
  Algorithm algorithm;
  std::string raw;
};

class Incoming {
 public:
  // Refuses what is wrong with the headers alone. `fallback` is computed when the client names no algorithm of its own.
  static S3Result<Incoming> open(const Request& request, std::optional<Algorithm> fallback);

  // For CompleteMultipartUpload, whose checksum headers are the object's and not its body's.
  void ignoreChecksum() {
    algorithm_.reset();
    checksum_.reset();
    inTrailer_ = false;
    expected_.clear();
  }

  std::uint64_t length() const { return length_; }  // decoded
  // The next decoded bytes; empty at the end, by when length and checksums have been found right.
  S3Result<std::string> read();
  // Of the whole body: BadDigest when the client gave another Content-MD5. `hex` empty: nothing to compare with.
  std::optional<S3Error> checkMd5(std::string_view hex) const;
  bool hasMd5() const { return !md5_.empty(); }
  // After the end.
  const std::optional<DigestValue>& digest() const { return digest_; }

 private:
  Incoming() = default;
  std::optional<S3Error> readHeaders(const Request& request, std::optional<Algorithm> fallback);
  std::optional<S3Error> readLength(const Request& request);
  std::optional<S3Error> readChecksum(const Request& request, std::optional<Algorithm> fallback);
  std::optional<S3Error> atEnd();

  std::shared_ptr<BodyReader> source_;
  std::unique_ptr<AwsChunked> framing_;
  std::uint64_t length_ = 0;
  std::uint64_t taken_ = 0;
  std::string md5_;       // raw, from Content-MD5
  std::string sha256_;    // lower-case hex, from x-amz-content-sha256
  std::string expected_;  // base64, from the header
  bool inTrailer_ = false;
  std::optional<Algorithm> algorithm_;
  std::unique_ptr<Checksum> checksum_;
  std::unique_ptr<Checksum> payloadHash_;
  std::optional<DigestValue> digest_;
};

std::string md5Hex(std::string_view bytes);

}  // namespace kiln::api::s3
