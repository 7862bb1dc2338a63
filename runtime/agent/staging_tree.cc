#include "runtime/agent/staging_tree.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

namespace kiln::agent {
namespace {

constexpr int kOpenDirectories = 32;
constexpr std::size_t kCopyAtOnce = std::size_t{1} << 30;

int removeOne(const char* path, const struct stat* /*found*/, int /*kind*/, struct FTW* /*at*/) {
  return ::remove(path);
}

Status removeTree(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 && errno == ENOENT) return okStatus();
  if (::nftw(path.c_str(), removeOne, kOpenDirectories, FTW_DEPTH | FTW_PHYS) == 0) {
    return okStatus();
  }
  return systemError("cannot remove " + path);
}

// The kernel moves what it can, and what it cannot goes through here.
Status copyBytes(int from, int to, const std::string& source, const std::string& target) {
  while (::copy_file_range(from, nullptr, to, nullptr, kCopyAtOnce, 0) > 0) continue;
  static std::array<char, std::size_t{1} << 18> buffer;
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got == 0) return okStatus();
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return systemError("cannot read " + source);
    auto written = writeAll(to, {buffer.data(), static_cast<std::size_t>(got)}, target);
    if (!written) return written;
  }
}

Status copyFile(const std::string& source, const struct stat& found, const std::string& target) {
  const Fd from(::open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!from) return systemError("cannot read " + source);
  const Fd to(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!to) return systemError("cannot write " + target);
  if (auto copied = copyBytes(from.get(), to.get(), source, target); !copied) return copied;
  const std::array<timespec, 2> times = {found.st_atim, found.st_mtim};
  const bool owned = ::fchown(to.get(), found.st_uid, found.st_gid) == 0;
  if (!owned && errno != EPERM) return systemError("cannot set the owner of " + target);
  if (::fchmod(to.get(), found.st_mode & 07777) != 0 || ::futimens(to.get(), times.data()) != 0) {
    return systemError("cannot set mode and times of " + target);
  }
  return okStatus();
}

bool isMissing(int error) { return error == ENOENT || error == ENOTDIR; }

}  // namespace

Status StagingTree::make() {
  if (auto removed = removeTree(directory_); !removed) return removed;
  return makeDirectories(directory_);
}

// A directory that is not of our making would be a link of the artifact, or a file.
Status StagingTree::makeParents(std::string_view path) {
  const std::size_t end = path.rfind('/');
  if (end == std::string_view::npos || path.substr(0, end) == lastParent_) return okStatus();
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    const std::string part(path.substr(0, slash));
    if (made_.contains(part)) continue;
    if (::mkdir((directory_ + "/" + part).c_str(), 0755) != 0) {
      if (errno != EEXIST) return systemError("cannot make directory " + directory_ + "/" + part);
      return Error{Code::kFailedPrecondition, "cannot put " + std::string(path) +
                                                  " into the artifact: " + part +
                                                  " is no directory there"};
    }
    made_.insert(part);
  }
  lastParent_ = path.substr(0, end);
  return okStatus();
}

Result<bool> StagingTree::addFile(const std::string& source, const std::string& path) {
  struct stat found {};
  if (::stat(source.c_str(), &found) != 0) {
    if (isMissing(errno)) return false;
    return systemError("cannot read " + source);
  }
  if (!S_ISREG(found.st_mode)) return false;
  if (auto made = makeParents(path); !made) return made.error();
  const std::string target = directory_ + "/" + path;
  const bool fresh = linked_.emplace(found.st_dev, found.st_ino).second;
  const bool linked =
      fresh && ::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW) == 0;
  if (!linked) {
    if (auto copied = copyFile(source, found, target); !copied) {
      if (::access(source.c_str(), F_OK) != 0 && isMissing(errno)) return false;
      return copied.error();
    }
  }
  ++files_;
  return true;
}

Result<bool> StagingTree::addLink(const std::string& source, const std::string& path) {
  struct stat found {};
  std::array<char, PATH_MAX> goal{};
  const ssize_t length = ::lstat(source.c_str(), &found) != 0
                             ? -1
                             : ::readlink(source.c_str(), goal.data(), goal.size() - 1);
  if (length < 0) {
    if (isMissing(errno) || errno == EINVAL) return false;
    return systemError("cannot read the symbolic link " + source);
  }
  if (auto made = makeParents(path); !made) return made.error();
  const std::string target = directory_ + "/" + path;
  const std::array<timespec, 2> times = {found.st_atim, found.st_mtim};
  if (::symlink(goal.data(), target.c_str()) != 0 ||
      ::utimensat(AT_FDCWD, target.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
    return systemError("cannot make the symbolic link " + target);
  }
  ++files_;
  return true;
}

}  // namespace kiln::agent
