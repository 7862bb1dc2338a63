// The bytes of a log file and the calls that move them. Private to store/logs.
//
// A frame on disk is a header of 20 bytes, little-endian: payload size (4), time in microseconds (8), a mix of both (8) that
// tells a header from anything else; then the payload. Threads: an OpenFile one, the functions any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "controller/core/result.h"
#include "store/logs/log_store.h"

namespace kiln::store {

inline constexpr std::size_t kFrameHeaderBytes = 20;
inline constexpr std::size_t kLargestFrame = 16 << 20;

struct FrameHeader {
  std::uint32_t size = 0;
  TimePoint time;
};

void putFrameHeader(char* out, const FrameHeader& header);
// kCorrupt unless putFrameHeader() wrote it.
Result<FrameHeader> toFrameHeader(const char* bytes);

// What the failed system call says, as an Error: kResourceExhausted for a full disk, kNotFound for a missing file.
Error fromErrno(int number, std::string_view attempted, const std::filesystem::path& path);

// A file descriptor and the path it was opened by, for errors. Closes itself.
class OpenFile {
 public:
  static Result<OpenFile> open(const std::filesystem::path& path, int flags);
  OpenFile(OpenFile&& other) noexcept
      : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OpenFile();

  Result<std::uint64_t> size() const;
  Status truncate(std::uint64_t size);
  // All frames, one after the other, from `offset`; the offset after the last one.
  Result<std::uint64_t> write(std::uint64_t offset, std::span<const LogFrame> frames);
  // `size` bytes, or kCorrupt when the file ends before.
  Result<std::string> read(std::uint64_t offset, std::size_t size) const;
  Status sync();     // data, and what is needed to read it back
  Status syncAll();  // for directories

 private:
  OpenFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::filesystem::path path_;
  int fd_;
};

}  // namespace kiln::store
