// BlobFiles: the files that large bodies lie in, `<directory>/files/<shard>/<id>`, and the temporary ones they begin as.
//
// A file belongs to one version or part at most and never changes; a copy is another name of it (a hard link) or, where the file system
// has no such thing, other bytes. Which files belong to somebody is the store's to say (its index of files, by id): the ids of one
// shard begin alike, and those made by this process can be told from older ones, so that a sweep can compare the two.
// A reader pins the files it will open, and then makes sure that the store still knows them; whoever takes them out of the store
// calls remove() afterwards, which leaves pinned ones until they are let go. So no reader misses a file, and no lock is
// held over I/O.
// Threads: any; a TempFile one. Failure: kResourceExhausted for a full disk, kUnavailable, kCorrupt for a file that is not there.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "controller/core/guarded.h"
#include "controller/core/result.h"

namespace kiln::store {

class FileHandle {  // closes itself
 public:
  explicit FileHandle(int fd = -1) : fd_(fd) {}
  FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileHandle();
  int get() const { return fd_; }

 private:
  int fd_;
};

// What a failed system call says.
Error diskError(int number, std::string_view attempted, const std::filesystem::path& path);

// A file being written. Gone with this object unless BlobFiles::keep() took it.
class TempFile {
 public:
  TempFile(FileHandle file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile();
  Status append(std::string_view bytes);

 private:
  friend class BlobFiles;
  FileHandle file_;
  std::filesystem::path path_;  // empty: it is no longer here
  std::uint64_t written_ = 0;
  std::uint64_t started_ = 0;  // up to here the disk was told to begin
};

class BlobFiles {
 public:
  static constexpr int kShards = 256;

  // Makes the directories, and removes the temporary files of an earlier process.
  static Result<std::unique_ptr<BlobFiles>> open(const std::filesystem::path& directory,
                                                 std::uint64_t reserve);

  // kResourceExhausted when no more than the reserve is free.
  Status checkRoom() const;
  std::string newId();
  Result<std::unique_ptr<TempFile>> create();
  // Under its id, on disk, name and all, when it returns.
  Status keep(TempFile& file, const std::string& id);
  Status copy(const std::string& from, const std::string& to);  // likewise
  Result<FileHandle> read(const std::string& id) const;

  void pin(std::span<const std::string> ids);
  void unpin(std::span<const std::string> ids);
  void remove(std::span<const std::string> ids);

  // For the sweep: what is in a shard, the beginning of its ids, and the removal of one unless it is pinned.
  Result<std::vector<std::string>> list(int shard) const;
  static std::string shardPrefix(int shard);
  bool madeHere(std::string_view id) const;
  void removeUnlessPinned(const std::string& id);

 private:
  struct Pins {
    std::unordered_map<std::string, int> held;
    std::unordered_set<std::string> doomed;
  };

  BlobFiles(std::filesystem::path directory, std::uint64_t reserve);
  Status prepare();
  std::filesystem::path pathOf(std::string_view id) const;
  Status copyBytes(const std::string& from, const std::string& to);
  void unlink(const std::string& id) const;

  const std::filesystem::path directory_;
  const std::uint64_t reserve_;
  const std::string run_;  // of this process
  std::atomic<std::uint64_t> made_ = 0;
  std::atomic<std::uint64_t> temporaries_ = 0;
  Guarded<Pins> pins_;
};

}  // namespace kiln::store
