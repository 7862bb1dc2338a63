#include "runtime/artifacts/deflaters.h"

#include <zlib.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

namespace kiln::runtime {
namespace {

constexpr int kLevel = 4;  // half the time of the usual 6 for 3 to 5 % more bytes
constexpr std::size_t kWorthASample = std::size_t{64} << 10;
constexpr std::size_t kSample = std::size_t{16} << 10;
constexpr std::size_t kSamples = 4;
constexpr std::size_t kSampleGains = kSample / 32;  // at least, or the block stays as it is

// One level of zlib, whose state is made once: it is larger than most files.
class Deflater {
 public:
  explicit Deflater(int level) {
    // -15: the largest window, and no header, as a zip wants it.
    if (deflateInit2(&state_, level, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Deflater() { deflateEnd(&state_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string pack(std::string_view bytes, int flush) {
    deflateReset(&state_);
    std::string out(deflateBound(&state_, bytes.size()) + 16, '\0');  // 16: for a flush
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    state_.avail_in = static_cast<uInt>(bytes.size());
    state_.next_out = reinterpret_cast<Bytef*>(out.data());
    state_.avail_out = static_cast<uInt>(out.size());
    deflate(&state_, flush);
    out.resize(out.size() - state_.avail_out);
    return out;
  }

 private:
  z_stream state_ = {};
};

class BlockPacker {
 public:
  PackedBlock pack(std::string block, Deflaters::Place place) {
    PackedBlock packed{.bytes = {},
                       .crc = static_cast<std::uint32_t>(
                           crc32_z(0, reinterpret_cast<const Bytef*>(block.data()), block.size())),
                       .size = block.size()};
    const bool shrinks = !block.empty() && mayShrink(block);
    if (place != Deflaters::Place::kWholeFile) {
      const int flush = place == Deflaters::Place::kEndOfFile ? Z_FINISH : Z_SYNC_FLUSH;
      packed.bytes = (shrinks ? packing_ : storing_).pack(block, flush);
      packed.deflated = true;
      return packed;
    }
    if (shrinks) packed.bytes = packing_.pack(block, Z_FINISH);
    packed.deflated = shrinks && packed.bytes.size() < block.size();
    if (!packed.deflated) packed.bytes = std::move(block);
    return packed;
  }

 private:
  // By a few places in it, none of them a header that would speak for the rest.
  bool mayShrink(std::string_view block) {
    if (block.size() < kWorthASample) return true;
    std::string sample;
    for (std::size_t i = 1; i <= kSamples; ++i)
      sample.append(block.substr(i * block.size() / (kSamples + 1), kSample / kSamples));
    return sampling_.pack(sample, Z_FINISH).size() + kSampleGains < kSample;
  }

  Deflater packing_{kLevel};
  Deflater sampling_{1};
  Deflater storing_{0};
};

Result<PackedBlock> packedBy(std::optional<BlockPacker>& packer, std::string block,
                             Deflaters::Place place) {
  try {
    if (!packer) packer.emplace();
    return packer->pack(std::move(block), place);
  } catch (const std::exception& e) {
    return Error{Code::kUnavailable, std::string("packing artifacts: ") + e.what()};
  }
}

}  // namespace

Deflaters::Deflaters(int threads) {
  for (int i = 0; i < std::max(1, threads); ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

Deflaters::~Deflaters() {
  std::lock_guard lock(mutex_);
  waiting_.clear();
}

void Deflaters::submit(std::string block, Place place) {
  jobs_.push_back(std::make_unique<Job>(Job{.block = std::move(block), .place = place}));
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(jobs_.back().get());
  }
  submitted_.notify_one();
}

Result<PackedBlock> Deflaters::take() {
  const auto job = std::move(jobs_.front());
  jobs_.pop_front();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return job->packed.has_value(); });
  return *std::move(job->packed);
}

void Deflaters::work(const std::stop_token& stop) {
  std::optional<BlockPacker> packer;
  std::unique_lock lock(mutex_);
  while (submitted_.wait(lock, stop, [&] { return !waiting_.empty(); })) {
    Job& job = *waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    auto packed = packedBy(packer, std::move(job.block), job.place);
    lock.lock();
    job.packed = std::move(packed);
    done_.notify_one();
  }
}

}  // namespace kiln::runtime
