#include "runtime/artifacts/directory_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "controller/core/ids.h"
#include "runtime/source/tree_names.h"

namespace kiln::runtime {
namespace {

constexpr int kEnter = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string temporaryName() { return ".kiln-" + newUuid(); }

std::string_view parentName(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

std::string lastName(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

void closeDirectory(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

bool writeWhole(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void timesOf(std::int64_t modified, timespec (&times)[2]) {
  times[0] = times[1] = {static_cast<time_t>(modified), 0};
}

}  // namespace

DirectoryWriter::~DirectoryWriter() {
  closeDirectory(parent_);
  closeDirectory(rootDirectory_);
}

std::string DirectoryWriter::fault(const std::string& attempted, const std::string& name) const {
  return attempted + " " + (root_ / below_ / name).string() + ": " + std::strerror(errno);
}

PlaceFault DirectoryWriter::open() {
  std::error_code failed;
  std::filesystem::create_directories(root_, failed);
  if (failed) return "cannot make directory " + root_.string() + ": " + failed.message();
  rootDirectory_ = ::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (rootDirectory_ < 0) return fault("cannot open directory", "");
  return below_.empty() ? std::nullopt : enterBelow();
}

// What lies there may be the tree of another artifact.
PlaceFault DirectoryWriter::enterBelow() {
  if (::mkdirat(rootDirectory_, below_.c_str(), 0777) != 0 && errno != EEXIST)
    return fault("cannot make directory", "");
  const int directory = ::openat(rootDirectory_, below_.c_str(), kEnter);
  if (directory < 0) return fault("cannot enter", "");
  closeDirectory(rootDirectory_);
  rootDirectory_ = directory;
  return std::nullopt;
}

PlaceFault DirectoryWriter::enterParentOf(const std::string& name) {
  const std::string wanted(parentName(name));
  if (parentName_ == wanted) return std::nullopt;
  parentName_.reset();
  closeDirectory(parent_);
  parent_ = ::openat(rootDirectory_, ".", kEnter);
  for (std::size_t at = 0; parent_ >= 0 && at < wanted.size();) {
    const auto slash = std::min(wanted.find('/', at), wanted.size());
    const auto step = wanted.substr(at, slash - at);
    if (::mkdirat(parent_, step.c_str(), 0777) != 0 && errno != EEXIST)
      return fault("cannot make directory", wanted.substr(0, slash));
    const int next = ::openat(parent_, step.c_str(), kEnter);
    if (next < 0) return fault("cannot enter", wanted.substr(0, slash));
    closeDirectory(parent_);
    parent_ = next;
    at = slash + 1;
  }
  if (parent_ < 0) return fault("cannot open directory", "");
  parentName_ = wanted;
  return std::nullopt;
}

Result<PlaceFault> DirectoryWriter::put(const TreeEntry& entry, TreeReader& reader) {
  const auto clean = cleanName(entry.name);
  if (!clean.ok()) return PlaceFault("the artifact's " + entry.name + " " + clean.error().what);
  if (clean->empty()) return PlaceFault();  // the directory itself
  if (auto wrong = enterParentOf(*clean)) return wrong;
  switch (entry.kind) {
    case EntryKind::kDirectory: return putDirectory(entry, *clean);
    case EntryKind::kSymlink: return putSymlink(entry, *clean);
    case EntryKind::kHardlink: return putHardlink(entry, *clean);
    case EntryKind::kFile: return putFile(entry, *clean, reader);
  }
  unreachable();
}

PlaceFault DirectoryWriter::putDirectory(const TreeEntry& entry, const std::string& name) {
  const auto last = lastName(name);
  if (::mkdirat(parent_, last.c_str(), 0777) == 0) {
    made_.push_back({name, entry.mode, entry.modified});
    return std::nullopt;
  }
  struct stat about {};
  const int why = errno;
  if (why == EEXIST && ::fstatat(parent_, last.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISDIR(about.st_mode))
    return std::nullopt;  // as somebody else has made it
  errno = why;
  return fault("cannot make directory", name);
}

Result<PlaceFault> DirectoryWriter::putFile(const TreeEntry& entry, const std::string& name,
                                            TreeReader& reader) {
  const auto temporary = temporaryName();
  const int file = ::openat(parent_, temporary.c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return PlaceFault(fault("cannot create", name));
  const auto write = [&]() -> Result<PlaceFault> {
    for (;;) {
      auto bytes = reader.data();
      if (!bytes.ok()) return bytes.error();
      if (bytes->empty()) break;
      if (!writeWhole(file, *bytes)) return PlaceFault(fault("cannot write", name));
    }
    timespec times[2];
    timesOf(entry.modified, times);
    if (::fchmod(file, static_cast<mode_t>(entry.mode & 0777)) != 0 || ::futimens(file, times) != 0)
      return PlaceFault(fault("cannot set mode and time of", name));
    return PlaceFault();
  };
  auto written = write();
  const bool closed = ::close(file) == 0;
  if (written.ok() && !*written && !closed) written = PlaceFault(fault("cannot write", name));
  if (written.ok() && !*written) return moveInPlace(temporary, name);
  ::unlinkat(parent_, temporary.c_str(), 0);
  return written;
}

PlaceFault DirectoryWriter::putSymlink(const TreeEntry& entry, const std::string& name) {
  const auto temporary = temporaryName();
  if (::symlinkat(entry.target.c_str(), parent_, temporary.c_str()) != 0)
    return fault("cannot make link", name);
  timespec times[2];
  timesOf(entry.modified, times);
  ::utimensat(parent_, temporary.c_str(), times, AT_SYMLINK_NOFOLLOW);
  return moveInPlace(temporary, name);
}

// Of a file that came before: what lies there now is what was put there, for links are not followed.
PlaceFault DirectoryWriter::putHardlink(const TreeEntry& entry, const std::string& name) {
  const auto target = cleanName(entry.target);
  if (!target.ok()) return "the artifact's link " + name + " " + target.error().what;
  if (auto wrong = enterParentOf(*target)) return wrong;
  const int from = ::fcntl(parent_, F_DUPFD_CLOEXEC, 0);
  const auto temporary = temporaryName();
  auto wrong = enterParentOf(name);
  if (!wrong && ::linkat(from, lastName(*target).c_str(), parent_, temporary.c_str(), 0) != 0)
    wrong = fault("cannot link " + *target + " as", name);
  if (from >= 0) ::close(from);
  return wrong ? wrong : moveInPlace(temporary, name);
}

PlaceFault DirectoryWriter::moveInPlace(const std::string& temporary, const std::string& name) {
  PlaceFault wrong;
  if (::renameat(parent_, temporary.c_str(), parent_, lastName(name).c_str()) != 0)
    wrong = fault("cannot replace", name);
  ::unlinkat(parent_, temporary.c_str(),
             0);  // still there after a failure, and where both were one file
  return wrong;
}

PlaceFault DirectoryWriter::finish() {
  for (auto at = made_.rbegin(); at != made_.rend(); ++at) {
    if (auto wrong = enterParentOf(at->name)) return wrong;
    const auto last = lastName(at->name);
    const int directory = ::openat(parent_, last.c_str(), kEnter);
    timespec times[2];
    timesOf(at->modified, times);
    const bool set = directory >= 0 && ::futimens(directory, times) == 0 &&
                     ::fchmod(directory, static_cast<mode_t>(at->mode & 0777)) == 0;
    auto wrong = set ? PlaceFault() : fault("cannot set mode and time of", at->name);
    if (directory >= 0) ::close(directory);
    if (wrong) return wrong;
  }
  return std::nullopt;
}

}  // namespace kiln::runtime
