#include "controller/cli/temporary_directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

namespace kiln::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kDirectoryTries = 10;
constexpr const char* kMark = ".kiln-temporary";  // in each one: no other directory is ever removed

bool mark(int directory) {
  const int file = ::openat(directory, kMark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) ::close(file);
  return file >= 0;
}

bool isMarked(int directory) { return ::faccessat(directory, kMark, F_OK, 0) == 0; }

// A descriptor that holds the lock of the directory, which is there and this user's; -1: somebody else has it, or it has gone.
int lockDirectory(const fs::path& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat about {};
  if (directory >= 0 && ::flock(directory, LOCK_EX | LOCK_NB) == 0 &&
      ::fstat(directory, &about) == 0 && about.st_nlink > 0 && about.st_uid == ::geteuid())
    return directory;
  if (directory >= 0) ::close(directory);
  return -1;
}

}  // namespace

Result<TemporaryDirectory> TemporaryDirectory::make(const std::string& prefix) {
  std::error_code failed;
  const auto parent = fs::temp_directory_path(failed);
  if (failed) {
    const char* named = std::getenv("TMPDIR");
    return Error{Code::kUnavailable, std::string("there is no place for temporary files (TMPDIR=")
                                         .append(named == nullptr ? "" : named)
                                         .append("): ")
                                         .append(failed.message())};
  }
  for (int i = 0; i < kDirectoryTries; ++i) {  // who looks for what was left may be quicker
    std::string name = (parent / (prefix + "XXXXXX")).string();
    if (mkdtemp(name.data()) == nullptr) break;
    const int lock = lockDirectory(name);
    if (lock < 0) continue;
    TemporaryDirectory made(name, lock);
    if (mark(lock)) return made;
    break;
  }
  return Error{Code::kUnavailable, "cannot make a temporary directory below " + parent.string() +
                                       ": " + std::strerror(errno)};
}

std::vector<TemporaryDirectory> TemporaryDirectory::leftBehind(const std::string& prefix) {
  std::vector<TemporaryDirectory> left;
  std::error_code failed;
  for (fs::directory_iterator at(fs::temp_directory_path(failed), failed), end;
       !failed && at != end; at.increment(failed)) {
    if (!at->path().filename().string().starts_with(prefix)) continue;
    const int lock = lockDirectory(at->path());
    if (lock < 0) continue;
    if (isMarked(lock)) {
      left.push_back(TemporaryDirectory(at->path(), lock));
    } else {
      ::close(lock);
    }
  }
  return left;
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}

TemporaryDirectory::~TemporaryDirectory() {
  remove();
  if (lock_ >= 0) ::close(lock_);
}

void TemporaryDirectory::remove() const {
  if (path_.empty()) return;
  std::error_code ignored;  // what cannot be removed stays, in the place for what nobody needs
  fs::remove_all(path_, ignored);
}

}  // namespace kiln::cli
