#include "store/logs/log_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "controller/core/disk.h"
#include "store/logs/log_file.h"

namespace kiln::store {
namespace {

constexpr std::size_t kLongestName = 255;
constexpr int kTries =
    8;  // erase() of a neighbour may take a directory away between making and using it

bool plainName(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

Status syncDirectory(const std::filesystem::path& directory) {
  auto opened = OpenFile::open(directory, O_RDONLY | O_DIRECTORY);
  return opened ? opened->syncAll() : Status(opened.error());
}

std::filesystem::path parentOf(const std::filesystem::path& directory) {
  return directory.has_parent_path() ? directory.parent_path() : ".";
}

// Makes the directory and those above it; each new name is on disk when it returns.
Status makeDirectories(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0) {
    if (errno == EEXIST) return okStatus();
    if (errno != ENOENT) return fromErrno(errno, "making the directory", directory);
    if (auto made = makeDirectories(parentOf(directory)); !made) return made;
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
      return fromErrno(errno, "making the directory", directory);
    }
  }
  auto synced = syncDirectory(parentOf(directory));
  if (!synced) ::rmdir(directory.c_str());
  return synced;
}

// A new, empty log whose name is on disk.
Result<OpenFile> createLog(const std::filesystem::path& path) {
  Result<OpenFile> opened = Error{Code::kInternal, "not tried"};
  for (int i = 0; i < kTries; ++i) {
    if (auto made = makeDirectories(path.parent_path()); !made) return made.error();
    opened = OpenFile::open(path, O_WRONLY | O_CREAT);
    if (opened || opened.error().code != Code::kNotFound) break;
  }
  if (!opened) return opened;
  if (auto synced = syncDirectory(path.parent_path()); !synced) {
    ::unlink(path.c_str());
    return synced.error();
  }
  return opened;
}

Error corrupt(const std::filesystem::path& path, std::uint64_t offset, std::string_view why) {
  return {Code::kCorrupt, "reading " + path.string() + " at byte " + std::to_string(offset) + ": " +
                              std::string(why)};
}

// The frames that lie whole in `bytes`, which are of `path` from `offset`; moves `page.next` past them.
Status takeFrames(const std::filesystem::path& path, std::string_view bytes, LogPage& page) {
  while (bytes.size() >= kFrameHeaderBytes) {
    auto header = toFrameHeader(bytes.data());
    if (!header) return corrupt(path, page.next, header.error().message);
    const auto whole = kFrameHeaderBytes + header->size;
    if (bytes.size() < whole) break;
    page.frames.push_back({.time = header->time,
                           .bytes = std::string(bytes.substr(kFrameHeaderBytes, header->size))});
    bytes.remove_prefix(whole);
    page.next += whole;
  }
  return okStatus();
}

}  // namespace

LogStore::LogStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

Result<std::filesystem::path> LogStore::fileOf(const BuildId& id) const {
  const auto& [account, region] = id.scope;
  if (!plainName(account) || !plainName(region) || !plainName(id.project) || !isUuid(id.uuid)) {
    return Error{Code::kInvalidArgument,
                 "finding the log of build " + id.name() + ": not the id of a build"};
  }
  return directory_ / account / region / id.project / id.uuid;
}

Result<std::uint64_t> LogStore::append(const BuildId& id, std::uint64_t offset,
                                       std::span<const LogFrame> frames) {
  auto path = fileOf(id);
  if (!path) return path.error();
  auto file = OpenFile::open(*path, O_WRONLY);
  if (!file && file.error().code == Code::kNotFound) {
    if (offset > 0) {
      return Error{Code::kCorrupt, "appending to " + path->string() + " at byte " +
                                       std::to_string(offset) + ": the file is gone"};
    }
    if (frames.empty()) return offset;
    file = createLog(*path);
  }
  if (!file) return file.error();
  auto size = file->size();
  if (!size) return size;
  if (*size < offset) {
    return Error{Code::kCorrupt, "appending to " + path->string() + " at byte " +
                                     std::to_string(offset) + ": it has only " +
                                     std::to_string(*size)};
  }
  if (*size > offset) {
    if (auto cut = file->truncate(offset); !cut) return cut.error();
  }
  return file->write(offset, frames);
}

Result<LogPage> LogStore::read(const BuildId& id, std::uint64_t offset, std::uint64_t end,
                               std::size_t maxBytes) const {
  auto path = fileOf(id);
  if (!path) return path.error();
  LogPage page{.frames = {}, .next = offset};
  if (offset >= end) return page;
  auto file = OpenFile::open(*path, O_RDONLY);
  if (!file) return file.error();
  const auto wanted = [&](std::size_t least) {
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(end - offset, std::max(least, maxBytes)));
  };
  auto bytes = file->read(offset, wanted(kFrameHeaderBytes));
  if (!bytes) return bytes.error();
  if (auto taken = takeFrames(*path, *bytes, page); !taken) return taken.error();
  if (page.frames.empty() && bytes->size() >= kFrameHeaderBytes) {
    const auto size = toFrameHeader(bytes->data())->size;
    bytes = file->read(offset, wanted(kFrameHeaderBytes + size));
    if (!bytes) return bytes.error();
    if (auto taken = takeFrames(*path, *bytes, page); !taken) return taken.error();
  }
  if (page.frames.empty()) return corrupt(*path, offset, "a frame goes on past what was committed");
  return page;
}

Status LogStore::sync(const BuildId& id) {
  auto path = fileOf(id);
  if (!path) return path.error();
  auto file = OpenFile::open(*path, O_WRONLY);
  if (file) return file->sync();
  // Nothing was ever appended: there is nothing to lose.
  return file.error().code == Code::kNotFound ? okStatus() : Status(file.error());
}

Status LogStore::checkRoom() const {
  auto existing = directory_;
  std::error_code ignored;  // the disk is asked, and tells
  while (existing.has_relative_path() && !std::filesystem::exists(existing, ignored))
    existing = existing.parent_path();
  return kiln::checkRoom(existing.empty() ? "." : existing, kKeptFromOutput,
                         "keeping what the build prints in " + directory_.string());
}

std::uint64_t LogStore::lengthOf(const LogFrame& frame) {
  return kFrameHeaderBytes + frame.bytes.size();
}

Status LogStore::erase(const BuildId& id) {
  auto path = fileOf(id);
  if (!path) return path.error();
  if (::unlink(path->c_str()) != 0 && errno != ENOENT) return fromErrno(errno, "removing", *path);
  auto directory = path->parent_path();
  for (; directory != directory_; directory = directory.parent_path()) {
    if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) continue;
    if (errno == ENOTEMPTY || errno == EEXIST) break;
    return fromErrno(errno, "removing the directory", directory);
  }
  auto synced = syncDirectory(directory);
  return synced || synced.error().code == Code::kNotFound ? okStatus() : synced;
}

}  // namespace kiln::store
