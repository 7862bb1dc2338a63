#include "store/vault/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "store/vault/sealer.h"

namespace kiln::store {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error systemError(const std::string& what, const std::filesystem::path& file) {
  const int reason = errno;
  const Code code = reason == ENOSPC || reason == EDQUOT ? Code::kResourceExhausted
                    : reason == EACCES || reason == EPERM || reason == ELOOP
                        ? Code::kFailedPrecondition
                        : Code::kUnavailable;
  return {code, what + " " + file.string() + ": " + std::strerror(reason)};
}

Error refused(const std::filesystem::path& file, const std::string& why) {
  return {Code::kFailedPrecondition, "the key file " + file.string() + " " + why};
}

Result<std::string> readWhole(int fd, const std::filesystem::path& file) {
  std::string key(kVaultKeyBytes, '\0');
  std::size_t have = 0;
  while (have < key.size()) {
    const auto got = ::read(fd, key.data() + have, key.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return systemError("reading the key file", file);
    if (got == 0) return refused(file, "became shorter while it was read");
    have += static_cast<std::size_t>(got);
  }
  return key;
}

Status writeWhole(int fd, std::string_view bytes, const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const auto wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return systemError("writing the key file", file);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (::fchmod(fd, 0600) != 0 || ::fsync(fd) != 0) return systemError("syncing the key file", file);
  return okStatus();
}

Status syncDirectory(const std::filesystem::path& directory) {
  const Descriptor folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open() || ::fsync(folder.get()) != 0)
    return systemError("syncing the directory", directory);
  return okStatus();
}

}  // namespace

Result<std::optional<std::string>> readKeyFile(const std::filesystem::path& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!opened.open()) {
    if (errno == ENOENT) return std::optional<std::string>();
    return systemError("opening the key file", file);
  }
  struct stat found {};
  if (::fstat(opened.get(), &found) != 0) return systemError("looking at the key file", file);
  if (!S_ISREG(found.st_mode)) return refused(file, "is not a regular file");
  if ((found.st_mode & 077U) != 0)
    return refused(file, "is open to other users than its owner: run chmod 600 on it");
  if (found.st_size != static_cast<off_t>(kVaultKeyBytes)) {
    return refused(file, "has " + std::to_string(found.st_size) + " bytes and should have " +
                             std::to_string(kVaultKeyBytes) + ": put it back from a backup");
  }
  auto key = readWhole(opened.get(), file);
  if (!key.ok()) return key.error();
  return std::optional(std::move(*key));
}

Result<std::string> makeKeyFile(const std::filesystem::path& file) {
  auto key = randomBytes(kVaultKeyBytes);
  if (!key.ok()) return key.error();
  auto fresh = file;
  fresh += ".new";
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT)
    return systemError("removing the unfinished key file", fresh);
  {
    const Descriptor made(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!made.open()) return systemError("making the key file", fresh);
    if (auto written = writeWhole(made.get(), *key, fresh); !written.ok()) return written.error();
  }
  if (::rename(fresh.c_str(), file.c_str()) != 0) return systemError("naming the key file", file);
  if (auto synced = syncDirectory(file.parent_path()); !synced.ok()) return synced.error();
  return key;
}

}  // namespace kiln::store
