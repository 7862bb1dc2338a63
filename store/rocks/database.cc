#include "store/rocks/database.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <vector>

#include "store/rocks/keys.h"

namespace kiln::store {
namespace {

constexpr std::size_t kBlockCacheBytes = 8 << 20;
constexpr std::size_t kMemtableBytes = 8 << 20;
constexpr std::size_t kTableBytes = 16 << 20;
constexpr std::size_t kFirstLevelBytes =
    64 << 20;  // near what level 0 brings, or each compaction rewrites far more than is new
constexpr std::size_t kArenaBlockBytes = 128 << 10;
constexpr int kOpenTables = 128;
constexpr std::size_t kInfoLogBytes = 1 << 20;
constexpr std::size_t kTrialBytes = 256 << 10;

// RocksDB stops writing at an I/O error. Its own attempts to go on are off: they come seconds late and can wait for ever on a log
// whose last record was cut short. Database::mend() opens it again instead.
class RecoverOnDemand final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* autoRecovery) override {
    *autoRecovery = false;
  }
};

rocksdb::CompressionType compression() {
  const auto supported = rocksdb::GetSupportedCompressions();
  for (auto wanted : {rocksdb::kLZ4Compression, rocksdb::kSnappyCompression}) {
    if (std::find(supported.begin(), supported.end(), wanted) != supported.end()) return wanted;
  }
  return rocksdb::kNoCompression;
}

rocksdb::Options databaseOptions(rocksdb::Env* env, bool create) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes, /*num_shard_bits=*/2);
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;

  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = create;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = compression();
  options.write_buffer_size = kMemtableBytes;
  options.arena_block_size = kArenaBlockBytes;
  options.max_write_buffer_number = 3;
  options.target_file_size_base = kTableBytes;
  options.max_bytes_for_level_base = kFirstLevelBytes;
  options.max_open_files = kOpenTables;
  options.max_background_jobs = 2;
  options.max_file_opening_threads = 1;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.max_log_file_size = kInfoLogBytes;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  options.avoid_flush_during_recovery = true;
  // A write that was cut short is dropped; damage anywhere else is an error, never a silently shorter history.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_bgerror_resume_count = 0;
  options.listeners.push_back(std::make_shared<RecoverOnDemand>());
  return options;
}

bool outOfSpace(const rocksdb::Status& status) {
  return status.IsNoSpace() || status.ToString().find("quota exceeded") != std::string::npos;
}

// RocksDB has no status of its own for this; these are the words of its file systems.
bool lockedByAnother(const rocksdb::Status& status) {
  const auto text = status.ToString();
  for (auto words : {"While lock file", "lock hold by", "lock is already held"}) {
    if (status.IsIOError() && text.find(words) != std::string::npos) return true;
  }
  return false;
}

Status makeDirectory(rocksdb::Env& env, const std::filesystem::path& directory) {
  std::filesystem::path soFar;
  for (const auto& part : directory) {
    soFar /= part;
    if (soFar == soFar.root_path()) continue;
    if (env.FileExists(soFar.string()).ok()) continue;
    if (auto made = env.CreateDirIfMissing(soFar.string()); !made.ok()) {
      return fromRocks(made, "making the store's directory " + soFar.string());
    }
  }
  return okStatus();
}

struct Contents {
  bool database = false;  // the file that names the current manifest is there
  bool data = false;      // files that only an opened database writes are there
};

// Such as 000012.log; other people's logs have other names.
bool onlyDatabasesWrite(const std::filesystem::path& name) {
  const auto number = name.stem().string();
  return (name.extension() == ".sst" || name.extension() == ".log") &&
         number.find_first_not_of("0123456789") == std::string::npos;
}

Result<Contents> lookInto(rocksdb::Env& env, const std::filesystem::path& directory) {
  std::vector<std::string> names;
  if (auto listed = env.GetChildren(directory.string(), &names); !listed.ok()) {
    if (!listed.IsNotFound()) return fromRocks(listed, "looking into " + directory.string());
    return Error{Code::kFailedPrecondition,
                 directory.string() + " is not a directory, or this user may not look into it"};
  }
  Contents contents;
  for (const std::filesystem::path name : names) {
    contents.database |= name == "CURRENT";
    contents.data |= onlyDatabasesWrite(name);
  }
  return contents;
}

// What a killed process wrote is read back from the page cache and may not be on disk yet. RocksDB syncs only the log it writes
// now, so a later synced commit could survive the machine and an earlier one not.
rocksdb::Status syncOldLogs(rocksdb::DB& db) {
  rocksdb::Env& env = *db.GetEnv();
  std::vector<std::string> names;
  auto status = db.DisableFileDeletions();
  if (status.ok()) status = env.GetChildren(db.GetName(), &names);
  for (const auto& name : names) {
    if (!status.ok()) break;
    std::uint64_t size = 0;
    if (!name.ends_with(".log")) continue;
    status = env.GetFileSize(db.GetName() + "/" + name, &size);
    if (!status.ok() || size == 0) continue;
    std::unique_ptr<rocksdb::WritableFile> file;
    status = env.ReopenWritableFile(db.GetName() + "/" + name, &file, rocksdb::EnvOptions());
    if (status.ok()) status = file->Sync();
    if (status.ok()) status = file->Close();
  }
  const auto enabled = db.EnableFileDeletions(/*force=*/false);
  return status.ok() ? enabled : status;
}

Error openError(const rocksdb::Status& status, const std::filesystem::path& directory) {
  const auto where = directory.string();
  if (lockedByAnother(status)) {
    return {Code::kFailedPrecondition, "another kiln is using " + where};
  }
  const bool broken = status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound() ||
                      status.IsPathNotFound();
  if (broken && !outOfSpace(status)) {
    return {Code::kCorrupt, "the store in " + where +
                                " is damaged and was left as it is; restore it from a copy, or "
                                "move it away to begin anew: " +
                                status.ToString()};
  }
  return fromRocks(status, "opening the store in " + where);
}

// Some room, written and synced: opening needs it (RocksDB may abort the process without), and closing what still reads for
// nothing would be a pity.
rocksdb::Status tryDisk(rocksdb::Env& env, const std::filesystem::path& directory) {
  const auto name = (directory / "room.tmp").string();
  const std::string bytes(kTrialBytes, '\0');
  std::unique_ptr<rocksdb::WritableFile> file;
  auto status = env.NewWritableFile(name, &file, rocksdb::EnvOptions());
  if (!status.ok()) return status;
  status = file->Append(bytes);
  if (status.ok()) status = file->Sync();
  file->Close().PermitUncheckedError();
  const auto removed = env.DeleteFile(name);
  return status.ok() ? removed : status;
}

Error closedError() {
  return {Code::kUnavailable, "reading from the store: it was closed after an error of the disk"};
}

}  // namespace

Error fromRocks(const rocksdb::Status& status, std::string_view attempted) {
  const auto said = std::string(attempted) + ": " + status.ToString();
  if (outOfSpace(status)) return {Code::kResourceExhausted, said};
  if (status.IsCorruption()) return {Code::kCorrupt, said};
  if (status.IsNotFound()) return {Code::kNotFound, said};
  if (status.IsInvalidArgument() || status.IsNotSupported()) return {Code::kInternal, said};
  return {Code::kUnavailable, said};
}

Database::Database(std::filesystem::path directory, rocksdb::Env& env)
    : directory_(std::move(directory)), env_(env) {}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& directory,
                                                 rocksdb::Env* env) {
  if (env == nullptr) env = rocksdb::Env::Default();
  if (auto made = makeDirectory(*env, directory); !made) return made.error();
  auto contents = lookInto(*env, directory);
  if (!contents) return contents.error();
  if (contents->data && !contents->database) {
    return openError(rocksdb::Status::Corruption("the file CURRENT is missing"), directory);
  }
  if (auto tried = tryDisk(*env, directory); !tried.ok()) return openError(tried, directory);
  std::unique_ptr<Database> database(new Database(directory, *env));
  if (auto opened = database->openNow(/*create=*/!contents->database); !opened) {
    return opened.error();
  }
  return database;
}

Status Database::openNow(bool create) {
  rocksdb::DB* db = nullptr;
  const auto opened = rocksdb::DB::Open(databaseOptions(&env_, create), directory_.string(), &db);
  if (!opened.ok()) return openError(opened, directory_);
  db_.reset(db);
  if (auto synced = syncOldLogs(*db); !synced.ok()) {
    db_.reset();
    return fromRocks(synced, "syncing the store in " + directory_.string());
  }
  ++opens_;
  return okStatus();
}

Database::Access Database::access() const {
  std::shared_lock lock(open_);
  rocksdb::DB* const rocks = db_.get();
  return {std::move(lock), rocks};
}

Status Database::mend() {
  std::lock_guard lock(writing_);
  return mendLocked();
}

Status Database::mendLocked() {
  if (!stopped_) return okStatus();
  if (auto tried = tryDisk(env_, directory_); !tried.ok()) {
    return fromRocks(tried, "writing to the store");
  }
  std::unique_lock alone(open_);
  db_.reset();
  auto opened = openNow(/*create=*/false);
  if (opened) stopped_ = false;
  return opened;
}

Status Database::checkPresent() const {
  const auto found = env_.FileExists((directory_ / "CURRENT").string());
  return found.ok() ? okStatus()
                    : Status(fromRocks(found, "looking for the store in " + directory_.string()));
}

Result<std::optional<std::string>> Database::find(std::string_view key,
                                                  const rocksdb::Snapshot* at) const {
  const auto open = access();
  if (open.rocks == nullptr) return closedError();
  rocksdb::ReadOptions options;
  options.snapshot = at;
  std::string value;
  const auto status = open.rocks->Get(options, rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return fromRocks(status, "reading from the store");
  return std::optional(std::move(value));
}

rocksdb::Status Database::writeOnce(rocksdb::WriteBatch& batch, bool synced) {
  rocksdb::WriteOptions options;
  options.sync = synced;
  const auto status = db_->Write(options, &batch);
  stopped_ = status.IsIOError();
  return status;
}

Status Database::write(rocksdb::WriteBatch& batch, bool synced) {
  std::lock_guard lock(writing_);
  if (auto mended = mendLocked(); !mended) return mended;
  auto status = writeOnce(batch, synced);
  if (stopped_ && mendLocked()) status = writeOnce(batch, synced);
  return status.ok() ? okStatus() : Status(fromRocks(status, "writing to the store"));
}

struct Scan::Bounds {
  std::string from;
  std::string to;
  rocksdb::Slice fromSlice = from;
  rocksdb::Slice toSlice = to;
};

Scan::Scan(const Database& database, std::string from, std::string to, const rocksdb::Snapshot* at)
    : access_(database.access()),
      bounds_(new Bounds{.from = std::move(from), .to = std::move(to)}) {
  if (access_.rocks == nullptr) return;
  rocksdb::ReadOptions options;
  options.snapshot = at;
  options.iterate_lower_bound = &bounds_->fromSlice;
  options.iterate_upper_bound = &bounds_->toSlice;
  iterator_.reset(access_.rocks->NewIterator(options));
}

Scan::~Scan() = default;

void Scan::toFirst() {
  if (iterator_) iterator_->SeekToFirst();
}
void Scan::toLast() {
  if (iterator_) iterator_->SeekToLast();
}
bool Scan::valid() const { return iterator_ && iterator_->Valid(); }
void Scan::next() { iterator_->Next(); }
void Scan::previous() { iterator_->Prev(); }
std::string_view Scan::key() const { return iterator_->key().ToStringView(); }
std::string_view Scan::value() const { return iterator_->value().ToStringView(); }

Status Scan::status(std::string_view attempted) const {
  if (!iterator_) return closedError();
  const auto status = iterator_->status();
  return status.ok() ? okStatus() : Status(fromRocks(status, attempted));
}

}  // namespace kiln::store
