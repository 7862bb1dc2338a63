#include "tests/unit/store/fault_file_system.h"

#include <algorithm>
#include <utility>

namespace kiln::store {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

std::shared_ptr<rocksdb::FileSystem> memory() {
  const std::unique_ptr<rocksdb::Env> fresh(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  return fresh->GetFileSystem();
}

IOStatus noPower() { return IOStatus::IOError("the power is off"); }

}  // namespace

class FaultFileSystem::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(FaultFileSystem& owner, std::string name, std::uint64_t size,
       std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)),
        owner_(owner),
        name_(std::move(name)),
        size_(size) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    std::uint64_t count = data.size();
    auto allowed = owner_.allow(&count);
    auto written = target()->Append(Slice(data.data(), count), options, debug);
    size_ += count;
    return allowed.ok() ? written : allowed;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    auto allowed = owner_.allowSync(name_);
    if (!allowed.ok()) return allowed;
    auto done = target()->Sync(options, debug);
    if (done.ok()) owner_.synced(name_, size_);
    return done;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }

 private:
  FaultFileSystem& owner_;
  const std::string name_;
  std::uint64_t size_;
};

class FaultFileSystem::Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(FaultFileSystem& owner, std::unique_ptr<rocksdb::FSDirectory> directory)
      : FSDirectoryWrapper(std::move(directory)), owner_(owner) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    auto allowed = owner_.allow();
    if (allowed.ok()) owner_.namesSynced();
    return allowed;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  FaultFileSystem& owner_;
};

FaultFileSystem::FaultFileSystem() : FileSystemWrapper(memory()) {}

void FaultFileSystem::cutPower() {
  std::lock_guard lock(mutex_);
  powered_ = false;
}

void FaultFileSystem::cutPowerAfter(std::uint64_t changes) {
  std::lock_guard lock(mutex_);
  cutAt_ = changes_ + changes;
}

bool FaultFileSystem::powered() const {
  std::lock_guard lock(mutex_);
  return powered_;
}

void FaultFileSystem::setFreeBytes(std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  freeBytes_ = bytes;
}

void FaultFileSystem::failSyncs(bool fail) {
  std::lock_guard lock(mutex_);
  failSyncs_ = fail;
}

std::uint64_t FaultFileSystem::logSyncs() const {
  std::lock_guard lock(mutex_);
  return logSyncs_;
}

std::uint64_t FaultFileSystem::changes() const {
  std::lock_guard lock(mutex_);
  return changes_;
}

IOStatus FaultFileSystem::allow(std::uint64_t* bytes) {
  std::lock_guard lock(mutex_);
  if (++changes_ > cutAt_) powered_ = false;
  if (!powered_) {
    if (bytes != nullptr) *bytes = 0;
    return noPower();
  }
  if (bytes == nullptr) return IOStatus::OK();
  const auto wanted = *bytes;
  *bytes = std::min(wanted, freeBytes_);
  freeBytes_ -= *bytes;
  return *bytes == wanted ? IOStatus::OK() : IOStatus::NoSpace("No space left on device");
}

IOStatus FaultFileSystem::allowSync(const std::string& name) {
  if (auto allowed = allow(); !allowed.ok()) return allowed;
  std::lock_guard lock(mutex_);
  if (failSyncs_) return IOStatus::IOError("the disk does not answer");
  if (name.ends_with(".log")) ++logSyncs_;
  return IOStatus::OK();
}

void FaultFileSystem::synced(const std::string& name, std::uint64_t size) {
  std::lock_guard lock(mutex_);
  syncedSizes_[name] = size;
}

void FaultFileSystem::namesSynced() {
  std::lock_guard lock(mutex_);
  unsyncedNames_.clear();
}

std::optional<std::string> FaultFileSystem::contents(const std::string& name) {
  std::string text;
  if (!target()->FileExists(name, IOOptions(), nullptr).ok()) return std::nullopt;
  if (!rocksdb::ReadFileToString(target(), name, &text).ok()) return std::nullopt;
  return text;
}

void FaultFileSystem::replace(const std::string& name, const std::string& text) {
  rocksdb::WriteStringToFile(target(), text, name).PermitUncheckedError();
}

void FaultFileSystem::damage(const std::string& name, std::uint64_t back) {
  auto text = contents(name).value();
  text[text.size() - back] = static_cast<char>(text[text.size() - back] ^ 0x55);
  replace(name, text);
}

void FaultFileSystem::undo(const NameChange& change) {
  if (!change.from.empty()) {
    replace(change.from, contents(change.name).value_or(""));
    syncedSizes_[change.from] = syncedSizes_[change.name];
  }
  if (change.before) {
    replace(change.name, *change.before);
    syncedSizes_[change.name] = change.before->size();
  } else {
    target()->DeleteFile(change.name, IOOptions(), nullptr).PermitUncheckedError();
  }
}

void FaultFileSystem::restorePower(std::mt19937_64& random) {
  std::lock_guard lock(mutex_);
  for (auto kept = random() % (unsyncedNames_.size() + 1); unsyncedNames_.size() > kept;) {
    undo(unsyncedNames_.back());
    unsyncedNames_.pop_back();
  }
  for (auto& [name, size] : syncedSizes_) {
    const auto text = contents(name);
    if (!text) continue;
    const auto least = std::min<std::uint64_t>(size, text->size());
    size = least + random() % (text->size() - least + 1);
    replace(name, text->substr(0, size));
  }
  unsyncedNames_.clear();
  powered_ = true;
  cutAt_ = std::numeric_limits<std::uint64_t>::max();
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& name,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* debug) {
  if (auto allowed = allow(); !allowed.ok()) return allowed;
  auto before = contents(name);
  std::unique_ptr<rocksdb::FSWritableFile> made;
  auto status = target()->NewWritableFile(name, options, &made, debug);
  if (!status.ok()) return status;
  std::lock_guard lock(mutex_);
  syncedSizes_[name] = 0;
  unsyncedNames_.push_back({.name = name, .before = std::move(before), .from = ""});
  *file = std::make_unique<File>(*this, name, 0, std::move(made));
  return status;
}

IOStatus FaultFileSystem::ReopenWritableFile(const std::string& name,
                                             const rocksdb::FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                                             IODebugContext* debug) {
  if (auto allowed = allow(); !allowed.ok()) return allowed;
  const auto size = contents(name).value_or("").size();
  std::unique_ptr<rocksdb::FSWritableFile> made;
  auto status = target()->ReopenWritableFile(name, options, &made, debug);
  if (status.ok()) *file = std::make_unique<File>(*this, name, size, std::move(made));
  return status;
}

IOStatus FaultFileSystem::NewDirectory(const std::string& name, const IOOptions& options,
                                       std::unique_ptr<rocksdb::FSDirectory>* directory,
                                       IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> opened;
  auto status = target()->NewDirectory(name, options, &opened, debug);
  if (status.ok()) *directory = std::make_unique<Directory>(*this, std::move(opened));
  return status;
}

IOStatus FaultFileSystem::DeleteFile(const std::string& name, const IOOptions& options,
                                     IODebugContext* debug) {
  if (auto allowed = allow(); !allowed.ok()) return allowed;
  auto before = contents(name);
  auto status = target()->DeleteFile(name, options, debug);
  std::lock_guard lock(mutex_);
  if (status.ok()) {
    unsyncedNames_.push_back({.name = name, .before = std::move(before), .from = ""});
  }
  return status;
}

IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions& options, IODebugContext* debug) {
  if (auto allowed = allow(); !allowed.ok()) return allowed;
  auto before = contents(to);
  auto status = target()->RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  std::lock_guard lock(mutex_);
  syncedSizes_[to] = syncedSizes_[from];
  syncedSizes_.erase(from);
  unsyncedNames_.push_back({.name = to, .before = std::move(before), .from = from});
  return status;
}

}  // namespace kiln::store
