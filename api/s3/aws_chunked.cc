#include "api/s3/aws_chunked.h"

#include <algorithm>
#include <charconv>

#include "controller/core/text.h"

namespace kiln::api::s3 {
namespace {

constexpr std::uint64_t kLeastChunk = 8192;
constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kMostTrailers = 16;

S3Error badSize(std::string message) {
  return s3Error("InvalidChunkSizeError", std::move(message));
}

}  // namespace

std::optional<S3Error> AwsChunked::feed(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    if (state_ == State::kData) {
      const auto take = std::min<std::uint64_t>(chunk_, bytes.size());
      out.append(bytes.substr(0, take));
      bytes.remove_prefix(take);
      chunk_ -= take;
      if (chunk_ == 0) state_ = State::kDataEnd;
      continue;
    }
    const auto end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    if (line_.size() + part.size() > kLongestLine)
      return badSize("A line of the aws-chunked framing is too long");
    line_ += part;
    bytes.remove_prefix(part.size());
    if (line_.back() != '\n') continue;
    auto wrong = takeLine();
    line_.clear();
    if (wrong) return wrong;
  }
  return std::nullopt;
}

std::optional<S3Error> AwsChunked::takeLine() {
  switch (state_) {
    case State::kSize: return takeSize();
    case State::kTrailer: return takeTrailer();
    case State::kDataEnd:
      if (line_ != "\r\n") return s3Error("IncompleteBody");
      state_ = State::kSize;
      return std::nullopt;
    case State::kData: break;
  }
  unreachable();
}

std::optional<S3Error> AwsChunked::takeSize() {
  const std::string_view line = trimmed(line_);
  const std::string_view digits = line.substr(0, line.find(';'));
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
    return badSize("The size of a chunk is not a hexadecimal number");
  if (size == 0) {
    state_ = State::kTrailer;
    return std::nullopt;
  }
  if (smallChunk_) return s3Error("InvalidChunkSizeError");
  smallChunk_ = size < kLeastChunk;
  if (size > missing_) {
    return s3Error("IncompleteBody",
                   "The body has more bytes than the x-amz-decoded-content-length header says");
  }
  missing_ -= size;
  chunk_ = size;
  state_ = State::kData;
  return std::nullopt;
}

std::optional<S3Error> AwsChunked::takeTrailer() {
  const std::string_view line = trimmed(line_);
  if (line.empty()) return std::nullopt;  // the end, or one more line break before the signature
  const auto colon = line.find(':');
  if (!mayHaveTrailers_ || colon == std::string_view::npos || colon == 0 ||
      trailers_.size() >= kMostTrailers)
    return s3Error("MalformedTrailerError");
  std::string name(trimmed(line.substr(0, colon)));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  trailers_[name] = trimmed(line.substr(colon + 1));
  return std::nullopt;
}

std::optional<S3Error> AwsChunked::finish() const {
  const bool ended = state_ == State::kTrailer && line_.empty();
  if (!ended || missing_ != 0) return s3Error("IncompleteBody");
  return std::nullopt;
}

}  // namespace kiln::api::s3
