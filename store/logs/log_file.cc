#include "store/logs/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace kiln::store {
namespace {

constexpr std::size_t kFramesPerWrite = 256;  // two pieces each, under IOV_MAX

std::uint64_t mix(std::uint32_t size, std::uint64_t time) {
  std::uint64_t value = time ^ (static_cast<std::uint64_t>(size) << 32 | 0x6b696c6e);
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

template <typename Number>
void putNumber(char* out, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) out[i] = static_cast<char>(number >> (8 * i));
}

template <typename Number>
Number toNumber(const char* bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number |= static_cast<Number>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return number;
}

// Headers and payloads in the order they go to disk; the payloads stay where they are.
class Pieces {
 public:
  void clear() {
    pieces_.clear();
    used_ = 0;
  }
  bool full() const { return used_ == kFramesPerWrite; }
  bool empty() const { return pieces_.empty(); }
  std::vector<iovec>& all() { return pieces_; }

  void add(TimePoint time, std::string_view payload) {
    char* header = headers_[used_++].data();
    putFrameHeader(header, {.size = static_cast<std::uint32_t>(payload.size()), .time = time});
    pieces_.push_back({header, kFrameHeaderBytes});
    if (!payload.empty()) pieces_.push_back({const_cast<char*>(payload.data()), payload.size()});
  }

 private:
  std::array<std::array<char, kFrameHeaderBytes>, kFramesPerWrite> headers_;
  std::size_t used_ = 0;
  std::vector<iovec> pieces_;
};

// Takes `count` written bytes off the front of what is still to be written.
std::span<iovec> without(std::span<iovec> pieces, std::size_t count) {
  while (!pieces.empty() && count >= pieces[0].iov_len) {
    count -= pieces[0].iov_len;
    pieces = pieces.subspan(1);
  }
  if (!pieces.empty()) {
    pieces[0].iov_base = static_cast<char*>(pieces[0].iov_base) + count;
    pieces[0].iov_len -= count;
  }
  return pieces;
}

// 0, or the errno. Moves `offset` past what was written.
int writeAll(int fd, std::uint64_t& offset, std::span<iovec> left) {
  while (!left.empty()) {
    const auto wrote =
        ::pwritev(fd, left.data(), static_cast<int>(left.size()), static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    offset += static_cast<std::uint64_t>(wrote);
    left = without(left, static_cast<std::size_t>(wrote));
  }
  return 0;
}

}  // namespace

void putFrameHeader(char* out, const FrameHeader& header) {
  const auto time = static_cast<std::uint64_t>(toUnixMicros(header.time));
  putNumber(out, header.size);
  putNumber(out + 4, time);
  putNumber(out + 12, mix(header.size, time));
}

Result<FrameHeader> toFrameHeader(const char* bytes) {
  const auto size = toNumber<std::uint32_t>(bytes);
  const auto time = toNumber<std::uint64_t>(bytes + 4);
  if (toNumber<std::uint64_t>(bytes + 12) != mix(size, time) || size > kLargestFrame) {
    return Error{Code::kCorrupt, "not the beginning of a frame"};
  }
  return FrameHeader{.size = size, .time = fromUnixMicros(static_cast<std::int64_t>(time))};
}

Error fromErrno(int number, std::string_view attempted, const std::filesystem::path& path) {
  auto code = Code::kUnavailable;
  if (number == ENOSPC || number == EDQUOT || number == EFBIG) code = Code::kResourceExhausted;
  if (number == ENOENT) code = Code::kNotFound;
  return {code, std::string(attempted) + " " + path.string() + ": " + std::strerror(number)};
}

Result<OpenFile> OpenFile::open(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fromErrno(errno, "opening", path);
  return OpenFile(path, fd);
}

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::uint64_t> OpenFile::size() const {
  struct stat found {};
  if (::fstat(fd_, &found) != 0) return fromErrno(errno, "reading the size of", path_);
  return static_cast<std::uint64_t>(found.st_size);
}

Status OpenFile::truncate(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) == 0) return okStatus();
  return fromErrno(errno, "cutting", path_);
}

Result<std::uint64_t> OpenFile::write(std::uint64_t offset, std::span<const LogFrame> frames) {
  Pieces pieces;
  const auto flush = [&] {
    const int failed = writeAll(fd_, offset, pieces.all());
    pieces.clear();
    return failed;
  };
  for (const auto& frame : frames) {
    std::string_view rest = frame.bytes;
    do {
      const auto piece = rest.substr(0, kLargestFrame);
      pieces.add(frame.time, piece);
      rest.remove_prefix(piece.size());
      if (!pieces.full()) continue;
      if (const int failed = flush(); failed != 0) return fromErrno(failed, "writing", path_);
    } while (!rest.empty());
  }
  if (const int failed = flush(); failed != 0) return fromErrno(failed, "writing", path_);
  return offset;
}

Result<std::string> OpenFile::read(std::uint64_t offset, std::size_t size) const {
  std::string bytes(size, '\0');
  for (std::size_t have = 0; have < size;) {
    const auto got =
        ::pread(fd_, bytes.data() + have, size - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fromErrno(errno, "reading", path_);
    if (got == 0) {
      return Error{Code::kCorrupt, "reading " + path_.string() + ": it ends at byte " +
                                       std::to_string(offset + have) +
                                       ", before what was committed"};
    }
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

Status OpenFile::sync() {
  return ::fdatasync(fd_) == 0 ? okStatus() : Status(fromErrno(errno, "syncing", path_));
}

Status OpenFile::syncAll() {
  return ::fsync(fd_) == 0 ? okStatus() : Status(fromErrno(errno, "syncing", path_));
}

}  // namespace kiln::store
