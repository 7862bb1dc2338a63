// AwsChunked: the framing of `Content-Encoding: aws-chunked` bodies, taken off as bytes arrive.
//
//   body    = chunk* last [trailer*] CRLF
//   chunk   = hex-size [";chunk-signature=" …] CRLF bytes CRLF      last: the size is 0, no bytes
//   trailer = name ":" value CRLF
//
// Signatures are read over, not verified: authentication is off. Memory: one line of framing; decoded bytes go straight to the caller.
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/s3/errors.h"

namespace kiln::api::s3 {

class AwsChunked {
 public:
  // `decodedLength`: x-amz-decoded-content-length; `trailers`: whether the body may have some.
  AwsChunked(std::uint64_t decodedLength, bool trailers)
      : missing_(decodedLength), mayHaveTrailers_(trailers) {}

  // Appends what `bytes` hold to `out`. After an error nothing more is to be called.
  std::optional<S3Error> feed(std::string_view bytes, std::string& out);
  // The body has ended: was it whole?
  std::optional<S3Error> finish() const;
  // Lower-case names; whole once finish() has answered no error.
  const Headers& trailers() const { return trailers_; }

 private:
  enum class State { kSize, kData, kDataEnd, kTrailer };
  std::optional<S3Error> takeLine();
  std::optional<S3Error> takeSize();
  std::optional<S3Error> takeTrailer();

  State state_ = State::kSize;
  std::uint64_t missing_;    // of the decoded length
  std::uint64_t chunk_ = 0;  // bytes of this chunk still to come
  bool smallChunk_ = false;  // a chunk below the least size has been seen: it must be the last one
  bool mayHaveTrailers_;
  std::string line_;
  Headers trailers_;
};

}  // namespace kiln::api::s3
