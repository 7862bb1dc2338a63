#include "api/codecommit/inflate_reader.h"

#include <zlib.h>

#include <algorithm>

namespace kiln::api::codecommit {
namespace {

constexpr std::size_t kInflatedPiece = 64 * 1024;
constexpr int kGzipOnly = 16 + MAX_WBITS;

}  // namespace

struct InflateReader::Stream {
  z_stream z{};
  std::string input;
  bool ready = false;
  bool ended = false;
};

InflateReader::InflateReader(std::shared_ptr<BodyReader> inner, std::uint64_t most)
    : inner_(std::move(inner)), left_(most), stream_(std::make_unique<Stream>()) {
  stream_->ready = inflateInit2(&stream_->z, kGzipOnly) == Z_OK;
}

InflateReader::~InflateReader() { inflateEnd(&stream_->z); }

Result<std::string> InflateReader::read(std::size_t most) {
  z_stream& z = stream_->z;
  if (!stream_->ready) return Error{Code::kResourceExhausted, "decompressing: no memory"};
  std::string out(std::min(most, kInflatedPiece), '\0');
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  while (!stream_->ended && z.avail_out == out.size()) {
    if (z.avail_in == 0) {
      auto piece = inner_->read(kInflatedPiece);
      if (!piece.ok()) return piece;
      if (piece->empty())
        return Error{Code::kInvalidArgument, "decompressing the body: its gzip data breaks off"};
      stream_->input = std::move(*piece);
      z.next_in = reinterpret_cast<Bytef*>(stream_->input.data());
      z.avail_in = static_cast<uInt>(stream_->input.size());
    }
    const int answer = inflate(&z, Z_NO_FLUSH);
    if (answer == Z_STREAM_END) {
      stream_->ended = true;
    } else if (answer != Z_OK && answer != Z_BUF_ERROR) {
      return Error{Code::kInvalidArgument, "decompressing the body: it is not gzip data"};
    }
  }
  out.resize(out.size() - z.avail_out);
  if (out.size() > left_)
    return Error{Code::kResourceExhausted, "decompressing the body: it is too large"};
  left_ -= out.size();
  return out;
}

}  // namespace kiln::api::codecommit
