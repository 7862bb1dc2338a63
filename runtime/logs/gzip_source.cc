#include "runtime/logs/gzip_source.h"

#include <zlib.h>

#include <utility>

namespace kiln::runtime {
namespace {

constexpr int kGzip = 15 + 16;  // the largest window, gzip's header and trailer
constexpr int kMemory = 8;
constexpr int kLevel = 6;
constexpr std::size_t kRoom = 64 << 10;

}  // namespace

struct GzipSource::Deflater {
  Deflater() {
    good = ::deflateInit2(&stream, kLevel, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflater() {
    if (good) ::deflateEnd(&stream);
  }
  z_stream stream{};
  bool good = false;
};

GzipSource::GzipSource(ByteSource plain)
    : plain_(std::move(plain)), deflater_(std::make_unique<Deflater>()) {}

GzipSource::~GzipSource() = default;

std::string GzipSource::compress(std::string_view plain, bool last) {
  auto& stream = deflater_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  std::string out;
  do {
    const auto had = out.size();
    out.resize(had + kRoom);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = kRoom;
    ::deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  } while (stream.avail_out == 0);
  return out;
}

Result<std::string> GzipSource::next() {
  if (!deflater_->good) return Error{Code::kInternal, "compressing with gzip: no memory for it"};
  std::string out;
  while (out.empty() && !ended_) {
    auto plain = plain_();
    if (!plain.ok()) return plain;
    ended_ = plain->empty();
    out = compress(*plain, ended_);
  }
  return out;
}

}  // namespace kiln::runtime
