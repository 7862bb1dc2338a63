#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "controller/engine/event_sink.h"

namespace kiln::engine {
namespace {

constexpr off_t kFileSize = 64 << 20;
constexpr int kOlderFiles = 3;

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& file)
      : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool isOpen() const { return fd_ >= 0; }

  off_t size() const {
    struct stat found {};
    return ::fstat(fd_, &found) == 0 ? found.st_size : 0;
  }

  // A process that was killed may have left half a line.
  bool endsInLine(off_t size) const {
    char last = '\n';
    return size == 0 || ::pread(fd_, &last, 1, size - 1) != 1 || last == '\n';
  }

  // Whole or not at all: what a full disk left of it is taken back.
  bool append(std::string_view bytes, off_t size) {
    while (!bytes.empty()) {
      const auto wrote = ::write(fd_, bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) {
        const int why = errno;
        [[maybe_unused]] const int cut = ::ftruncate(fd_, size);  // else the next line begins anew
        errno = why;
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
  }

 private:
  int fd_;
};

class LogSink final : public EventSink {
 public:
  explicit LogSink(std::filesystem::path file) : file_(std::move(file)) {}

  const std::string& name() const override { return name_; }

  Status deliver(const store::OutboxEntry& entry) override {
    if (!append(entry.body)) {
      const auto code = errno == ENOSPC || errno == EDQUOT || errno == EFBIG
                            ? Code::kResourceExhausted
                            : Code::kUnavailable;
      return Error{code, "writing " + file_.string() + ": " + std::strerror(errno)};
    }
    return okStatus();
  }

 private:
  // False with errno. Opened each time, so that a file that was moved away or removed is made anew.
  bool append(const std::string& body) {
    OpenFile file(file_);
    if (!file.isOpen()) return false;
    const auto size = file.size();
    const auto line = (file.endsInLine(size) ? "" : "\n") + body + "\n";
    if (!file.append(line, size)) return false;
    if (size + static_cast<off_t>(line.size()) >= kFileSize) rotate();
    return true;
  }

  std::filesystem::path older(int number) const {
    auto name = file_.stem();
    name += "." + std::to_string(number);
    name += file_.extension();
    return file_.parent_path() / name;
  }

  void rotate() const {
    std::error_code ignored;  // what could not be renamed goes on growing
    for (int i = kOlderFiles; i > 1; --i) {
      std::filesystem::rename(older(i - 1), older(i), ignored);
    }
    std::filesystem::rename(file_, older(1), ignored);
  }

  const std::string name_ = "log";
  const std::filesystem::path file_;
};

}  // namespace

std::unique_ptr<EventSink> makeLogSink(const std::filesystem::path& file) {
  return std::make_unique<LogSink>(file);
}

}  // namespace kiln::engine
