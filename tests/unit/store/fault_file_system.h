// A file system in memory that fails as a machine does: it can lose its power, run full, refuse to sync.
//
// cutPower() makes every later change fail. restorePower() leaves what a machine may find: of each file a random length
// between what was synced and what was written, and of the names made, moved and removed since their directory was last synced a
// random number of the oldest. Threads: any, but restorePower() alone.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace kiln::store {

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FaultFileSystem();

  static const char* kClassName() { return "FaultFileSystem"; }
  const char* Name() const override { return kClassName(); }

  void cutPower();
  // Cuts it when `changes` more writes, syncs or names have been made.
  void cutPowerAfter(std::uint64_t changes);
  bool powered() const;
  void restorePower(std::mt19937_64& random);

  // Bytes that may still be written; a write that needs more is done in part and fails.
  void setFreeBytes(std::uint64_t bytes);
  void failSyncs(bool fail);
  // Changes one byte of the file, `back` bytes before its end.
  void damage(const std::string& name, std::uint64_t back);

  std::uint64_t logSyncs() const;
  std::uint64_t changes() const;

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  class File;
  class Directory;

  // A change of names that a power cut may undo: `name` had `before` (nothing: it was not there) and `from` was moved to it.
  struct NameChange {
    std::string name;
    std::optional<std::string> before;
    std::string from;
  };

  rocksdb::IOStatus allow(
      std::uint64_t* bytes = nullptr);  // counts a change; an error without power or space
  rocksdb::IOStatus allowSync(const std::string& name);
  void synced(const std::string& name, std::uint64_t size);
  void namesSynced();
  void undo(const NameChange& change);
  std::optional<std::string> contents(const std::string& name);
  void replace(const std::string& name, const std::string& contents);

  mutable std::mutex mutex_;
  bool powered_ = true;
  bool failSyncs_ = false;
  std::uint64_t changes_ = 0;
  std::uint64_t cutAt_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t freeBytes_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t logSyncs_ = 0;
  std::map<std::string, std::uint64_t> syncedSizes_;
  std::vector<NameChange> unsyncedNames_;
};

}  // namespace kiln::store
