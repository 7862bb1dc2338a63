#include "store/objects/blob_files.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "controller/core/disk.h"
#include "controller/core/ids.h"

namespace kiln::store {
namespace {

constexpr std::size_t kRunDigits = 12;
constexpr std::uint64_t kWriteBehind = 8 << 20;
constexpr std::size_t kCopyChunk = 1 << 20;

Result<FileHandle> openAt(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return diskError(errno, "opening", path);
  return FileHandle(fd);
}

Status syncDirectory(const std::filesystem::path& directory) {
  auto opened = openAt(directory, O_RDONLY | O_DIRECTORY);
  if (!opened) return opened.error();
  if (::fsync(opened->get()) != 0) return diskError(errno, "syncing", directory);
  return okStatus();
}

// True when it was not there before.
Result<bool> makeDirectory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) return true;
  if (errno == EEXIST) return false;
  return diskError(errno, "making the directory", directory);
}

}  // namespace

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

Error diskError(int number, std::string_view attempted, const std::filesystem::path& path) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  const auto code = full               ? Code::kResourceExhausted
                    : number == ENOENT ? Code::kCorrupt
                                       : Code::kUnavailable;
  return {code, std::string(attempted) + " " + path.string() + ": " + std::strerror(number)};
}

TempFile::~TempFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Status TempFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto wrote = ::write(file_.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return diskError(errno, "writing", path_);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
    written_ += static_cast<std::uint64_t>(wrote);
  }
  // The disk begins while the rest arrives, so that the sync at the end has little left. Only a hint.
  if (written_ - started_ >= kWriteBehind) {
    ::sync_file_range(file_.get(), static_cast<off_t>(started_),
                      static_cast<off_t>(written_ - started_), SYNC_FILE_RANGE_WRITE);
    started_ = written_;
  }
  return okStatus();
}

BlobFiles::BlobFiles(std::filesystem::path directory, std::uint64_t reserve)
    : directory_(std::move(directory)), reserve_(reserve), run_(newUuid().substr(24, kRunDigits)) {}

Result<std::unique_ptr<BlobFiles>> BlobFiles::open(const std::filesystem::path& directory,
                                                   std::uint64_t reserve) {
  std::unique_ptr<BlobFiles> files(new BlobFiles(directory, reserve));
  if (auto prepared = files->prepare(); !prepared) return prepared.error();
  return files;
}

Status BlobFiles::prepare() {
  std::error_code failed;
  std::filesystem::create_directories(directory_, failed);
  if (failed) return diskError(failed.value(), "making the directory", directory_);
  std::filesystem::permissions(directory_, std::filesystem::perms::owner_all, failed);
  const auto temporary = directory_ / "tmp";
  std::filesystem::remove_all(temporary, failed);
  if (failed) return diskError(failed.value(), "clearing", temporary);
  bool made = false;
  for (const auto& part : {temporary, directory_ / "files"}) {
    auto done = makeDirectory(part);
    if (!done) return done.error();
  }
  for (int shard = 0; shard < kShards; ++shard) {
    auto done = makeDirectory(directory_ / "files" / shardPrefix(shard));
    if (!done) return done.error();
    made |= *done;
  }
  if (!made) return okStatus();
  for (const auto& parent : {directory_ / "files", directory_, directory_ / ".."}) {
    if (auto synced = syncDirectory(parent); !synced) return synced;
  }
  return okStatus();
}

Status BlobFiles::checkRoom() const {
  return kiln::checkRoom(directory_, reserve_, "storing a body in " + directory_.string());
}

std::string BlobFiles::newId() {
  const auto number = made_.fetch_add(1);
  char digits[17];
  std::snprintf(digits, sizeof digits, "%010llx", static_cast<unsigned long long>(number));
  return shardPrefix(static_cast<int>(number % kShards)) + run_ + digits;
}

std::string BlobFiles::shardPrefix(int shard) {
  char digits[3];
  std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(shard) & 0xff);
  return digits;
}

bool BlobFiles::madeHere(std::string_view id) const {
  return id.size() > 2 && id.substr(2).starts_with(run_);
}

std::filesystem::path BlobFiles::pathOf(std::string_view id) const {
  return directory_ / "files" / id.substr(0, 2) / id;
}

Result<std::unique_ptr<TempFile>> BlobFiles::create() {
  auto path = directory_ / "tmp" / std::to_string(temporaries_.fetch_add(1));
  auto file = openAt(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!file) return file.error();
  return std::make_unique<TempFile>(std::move(*file), std::move(path));
}

Status BlobFiles::keep(TempFile& file, const std::string& id) {
  if (::fdatasync(file.file_.get()) != 0) return diskError(errno, "syncing", file.path_);
  const auto path = pathOf(id);
  if (::rename(file.path_.c_str(), path.c_str()) != 0) {
    return diskError(errno, "renaming to " + path.string(), file.path_);
  }
  file.path_ = path;  // until its name is on disk, it goes with `file`
  if (auto synced = syncDirectory(path.parent_path()); !synced) return synced;
  file.path_.clear();
  return okStatus();
}

Status BlobFiles::copy(const std::string& from, const std::string& to) {
  const auto source = pathOf(from);
  const auto target = pathOf(to);
  if (::link(source.c_str(), target.c_str()) != 0) {
    if (errno == ENOENT || errno == ENOSPC || errno == EDQUOT) {
      return diskError(errno, "linking", source);
    }
    return copyBytes(from, to);  // too many links, or a file system without them
  }
  auto synced = syncDirectory(target.parent_path());
  if (!synced) ::unlink(target.c_str());
  return synced;
}

Status BlobFiles::copyBytes(const std::string& from, const std::string& to) {
  auto source = read(from);
  if (!source) return source.error();
  auto target = create();
  if (!target) return target.error();
  std::string chunk(kCopyChunk, '\0');
  for (;;) {
    const auto got = ::read(source->get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return diskError(errno, "reading", pathOf(from));
    if (got == 0) return keep(**target, to);
    if (auto room = checkRoom(); !room) return room;
    const auto bytes = std::string_view(chunk).substr(0, static_cast<std::size_t>(got));
    if (auto written = (*target)->append(bytes); !written) return written;
  }
}

Result<FileHandle> BlobFiles::read(const std::string& id) const {
  return openAt(pathOf(id), O_RDONLY);
}

void BlobFiles::pin(std::span<const std::string> ids) {
  pins_.with([&](Pins& pins) {
    for (const auto& id : ids) ++pins.held[id];
  });
}

void BlobFiles::unpin(std::span<const std::string> ids) {
  const auto free = pins_.with([&](Pins& pins) {
    std::vector<std::string> doomed;
    for (const auto& id : ids) {
      const auto held = pins.held.find(id);
      if (--held->second > 0) continue;
      pins.held.erase(held);
      if (pins.doomed.erase(id) > 0) doomed.push_back(id);
    }
    return doomed;
  });
  for (const auto& id : free) unlink(id);
}

void BlobFiles::remove(std::span<const std::string> ids) {
  const auto free = pins_.with([&](Pins& pins) {
    std::vector<std::string> loose;
    for (const auto& id : ids) {
      if (pins.held.contains(id)) {
        pins.doomed.insert(id);
      } else {
        loose.push_back(id);
      }
    }
    return loose;
  });
  for (const auto& id : free) unlink(id);
}

void BlobFiles::removeUnlessPinned(const std::string& id) {
  if (!pins_.with([&](const Pins& pins) { return pins.held.contains(id); })) unlink(id);
}

// What cannot be removed now is removed by the next start's sweep.
void BlobFiles::unlink(const std::string& id) const {
  if (::unlink(pathOf(id).c_str()) == 0 || errno == ENOENT) return;
  spdlog::warn("event=object-file-left error=\"{}\"",
               diskError(errno, "removing", pathOf(id)).message);
}

Result<std::vector<std::string>> BlobFiles::list(int shard) const {
  const auto directory = directory_ / "files" / shardPrefix(shard);
  std::vector<std::string> ids;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(directory, failed), end; !failed && at != end;
       at.increment(failed)) {
    ids.push_back(at->path().filename().string());
  }
  if (failed) return diskError(failed.value(), "reading the directory", directory);
  return ids;
}

}  // namespace kiln::store
