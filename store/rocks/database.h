// Database: the opened RocksDB with Kiln's settings, and its one way to write.
//
// Opening tells "there is none yet" from "it is damaged": only a directory without data gets a new database.
// After an I/O error RocksDB takes no more writes; reads go on. write() then closes and opens it again as soon as the disk takes
// a write, and tries once more. A write whose sync failed may be found applied after that: opens() tells that it is time to look.
// If opening again fails, reads are kUnavailable until a write gets through. Errors are translated here.
// Scan: a walk over a range of keys in either direction.
// Owner: RocksStore. Threads: Database any, a Scan one.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "controller/core/result.h"
#include "store/rocks/gate.h"

namespace rocksdb {
class DB;
class Env;
class Iterator;
class Snapshot;
class Status;
class WriteBatch;
}  // namespace rocksdb

namespace kiln::store {

// `attempted` is what was tried, as in "reading a resource".
Error fromRocks(const rocksdb::Status& status, std::string_view attempted);

class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& directory,
                                                rocksdb::Env* env);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Keeps the database open while it lives; `rocks` is null when it could not be opened again. A thread may have several, but must
  // not write while it has one: that may have to wait until there is none.
  struct Access {
    std::shared_lock<Gate> lock;
    rocksdb::DB* rocks;
  };
  Access access() const;

  // How often it was opened.
  std::uint64_t opens() const { return opens_.load(); }
  // Opens it again if an error stopped it. An error while the disk still fails.
  Status mend();
  // An error when its files were taken away: RocksDB would go on writing to what nobody can open again.
  Status checkPresent() const;

  Result<std::optional<std::string>> find(std::string_view key,
                                          const rocksdb::Snapshot* at = nullptr) const;

  // `synced`: this and everything written before is on disk when it returns. An empty batch may be written for that alone.
  Status write(rocksdb::WriteBatch& batch, bool synced);

 private:
  Database(std::filesystem::path directory, rocksdb::Env& env);
  Status openNow(bool create);
  Status mendLocked();
  rocksdb::Status writeOnce(rocksdb::WriteBatch& batch, bool synced);

  const std::filesystem::path directory_;
  rocksdb::Env& env_;
  std::atomic<std::uint64_t> opens_ = 0;
  std::mutex writing_;
  bool stopped_ = false;  // under writing_
  mutable Gate open_;     // together to use db_, alone to replace it
  std::unique_ptr<rocksdb::DB> db_;
};

// The keys in [from, to), as of `at` if given. Stops at the end of the range or at an error, which status() tells.
class Scan {
 public:
  Scan(const Database& database, std::string from, std::string to,
       const rocksdb::Snapshot* at = nullptr);
  ~Scan();
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;

  void toFirst();
  void toLast();
  bool valid() const;
  void next();
  void previous();
  std::string_view key() const;
  std::string_view value() const;
  Status status(std::string_view attempted) const;

 private:
  struct Bounds;
  Database::Access access_;
  std::unique_ptr<Bounds> bounds_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace kiln::store
