#include "runtime/agent/system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace kiln::agent {
namespace {

constexpr std::size_t kReadAtOnce = 65536;

}  // namespace

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

std::int64_t nowMicros() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

Error systemError(const std::string& attempted) {
  bool full = errno == ENOSPC || errno == EDQUOT;
  return Error{full ? Code::kResourceExhausted : Code::kUnavailable,
               attempted + ": " + std::strerror(errno)};
}

Status makeDirectories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST)
      return systemError("cannot make directory " + part);
    if (end == std::string::npos) break;
  }
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return systemError("cannot make directory " + path);
  if (S_ISDIR(found.st_mode)) return okStatus();
  errno = ENOTDIR;
  return systemError("cannot make directory " + path);
}

Result<std::string> readAll(int fd, const std::string& name) {
  std::string content;
  std::array<char, kReadAtOnce> piece{};
  for (;;) {
    const ssize_t got = ::pread(fd, piece.data(), piece.size(), static_cast<off_t>(content.size()));
    if (got == 0) return content;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return systemError("cannot read " + name);
    content.append(piece.data(), static_cast<std::size_t>(got));
  }
}

Status writeAll(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return systemError("cannot write " + name);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return okStatus();
}

Status writeFile(const std::string& path, std::string_view content) {
  if (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0) {
    if (auto made = makeDirectories(path.substr(0, slash)); !made) return made;
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return systemError("cannot replace " + path);
  Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return systemError("cannot write " + path);
  return writeAll(file.get(), content, path);
}

Status appendLines(const std::string& path, std::string_view lines) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file) return systemError("cannot write " + path);
  off_t size = ::lseek(file.get(), 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(file.get(), &last, 1, size - 1) != 1)
    return systemError("cannot read " + path);
  if (last != '\n') {
    if (auto ended = writeAll(file.get(), "\n", path); !ended) return ended;
  }
  auto written = writeAll(file.get(), lines, path);
  if (!written) (void)!::ftruncate(file.get(), size);
  return written;
}

Status setNonBlocking(int fd) {
  int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    return systemError("cannot make descriptor " + std::to_string(fd) + " non-blocking");
  }
  return okStatus();
}

}  // namespace kiln::agent
