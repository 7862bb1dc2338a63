// Database: the opened RocksDB with Kiln's settings, and its one way to write.
//
// Opening tells "there is none yet" from "it is damaged": only a directory without data gets a new database.
// write() brings the database back after a full disk or another passing I/O error, then tries once more; what failed was not
// applied. Errors are translated here.
// Scan: a walk over a range of keys in either direction.
// Owner: RocksStore. Threads: Database any, a Scan one.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/result.h"

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

  rocksdb::DB& rocks() const { return *db_; }

  Result<std::optional<std::string>> find(std::string_view key,
                                          const rocksdb::Snapshot* at = nullptr) const;

  // `synced`: this and everything written before is on disk when it returns. An empty batch may be written for that alone.
  Status write(rocksdb::WriteBatch& batch, bool synced);

 private:
  explicit Database(std::unique_ptr<rocksdb::DB> db);
  rocksdb::Status writeOnce(rocksdb::WriteBatch& batch, bool synced);
  rocksdb::Status recover();

  std::mutex writing_;
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
  std::unique_ptr<Bounds> bounds_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace kiln::store
