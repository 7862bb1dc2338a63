#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <unordered_set>

#include "runtime/source/tree_reader.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;
constexpr std::int64_t kLatest = std::int64_t{1} << 33;  // what eleven octal digits of seconds hold

struct FreeWriter {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

la_ssize_t keep(archive*, void* buffer, const void* bytes, std::size_t size) {
  static_cast<std::string*>(buffer)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

unsigned int fileType(EntryKind kind) {
  switch (kind) {
    case EntryKind::kFile:
    case EntryKind::kHardlink: return AE_IFREG;
    case EntryKind::kDirectory: return AE_IFDIR;
    case EntryKind::kSymlink: return AE_IFLNK;
  }
  unreachable();
}

class TarPacker {
 public:
  TarPacker(std::unique_ptr<TreeReader> reader, std::string prefix)
      : reader_(std::move(reader)), prefix_(std::move(prefix)), writer_(archive_write_new()) {
    archive_write_set_format_gnutar(writer_.get());
    archive_write_set_bytes_in_last_block(writer_.get(), 1);
    archive_write_open(writer_.get(), &buffer_, nullptr, keep, nullptr);
  }

  Result<std::string> next() {
    while (!ended_ && buffer_.size() < kChunk) {
      if (auto moved = left_ > 0 ? moveData() : beginEntry(); !moved) return moved.error();
    }
    return std::exchange(buffer_, {});
  }

 private:
  Status beginEntry() {
    auto entry = reader_->next();
    if (!entry) return entry.error();
    if (!*entry) {
      ended_ = true;
      if (auto made = ensureDirectories(prefix_, 0); !made) return made;  // of an empty tree
      return archive_write_close(writer_.get()) == ARCHIVE_OK ? okStatus() : writerError("its end");
    }
    TreeEntry& found = **entry;
    found.name = prefix_ + found.name;
    if (found.kind == EntryKind::kHardlink) found.target = prefix_ + found.target;
    if (auto made = ensureDirectories(found.name, found.modified); !made) return made;
    if (found.kind == EntryKind::kDirectory) directories_.insert(found.name);
    left_ = found.kind == EntryKind::kFile ? found.size : 0;
    name_ = found.name;
    return writeHeader(found);
  }

  // The directories above `name` that no entry has made.
  Status ensureDirectories(const std::string& name, std::int64_t modified) {
    for (auto slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
      const auto directory = name.substr(0, slash);
      if (!directories_.insert(directory).second) continue;
      const TreeEntry made{.name = directory,
                           .kind = EntryKind::kDirectory,
                           .mode = 0755,
                           .modified = modified,
                           .target = {}};
      if (auto written = writeHeader(made); !written) return written;
    }
    return okStatus();
  }

  Status writeHeader(const TreeEntry& entry) {
    std::unique_ptr<archive_entry, FreeEntry> header(archive_entry_new());
    const bool directory = entry.kind == EntryKind::kDirectory;
    archive_entry_set_pathname(header.get(), (directory ? entry.name + "/" : entry.name).c_str());
    archive_entry_set_filetype(header.get(), fileType(entry.kind));
    archive_entry_set_perm(header.get(), static_cast<mode_t>(entry.mode));
    archive_entry_set_mtime(
        header.get(), static_cast<time_t>(std::clamp<std::int64_t>(entry.modified, 0, kLatest - 1)),
        0);
    archive_entry_set_size(header.get(), entry.kind == EntryKind::kFile ? entry.size : 0);
    if (entry.kind == EntryKind::kSymlink)
      archive_entry_set_symlink(header.get(), entry.target.c_str());
    if (entry.kind == EntryKind::kHardlink)
      archive_entry_set_hardlink(header.get(), entry.target.c_str());
    const int written = archive_write_header(writer_.get(), header.get());
    return written == ARCHIVE_OK ? okStatus() : writerError(entry.name);
  }

  Status moveData() {
    auto bytes = reader_->data();
    if (!bytes) return bytes.error();
    if (bytes->empty() || static_cast<std::int64_t>(bytes->size()) > left_)
      return Error{Code::kCorrupt,
                   "the source's file " + name_ + " is not as long as it was when it was fetched"};
    const auto written = archive_write_data(writer_.get(), bytes->data(), bytes->size());
    if (written != static_cast<la_ssize_t>(bytes->size())) return writerError(name_);
    left_ -= written;
    return okStatus();
  }

  Error writerError(const std::string& what) {
    const char* why = archive_error_string(writer_.get());
    return Error{Code::kInternal,
                 "cannot put " + what + " into the source's tar: " + (why == nullptr ? "" : why)};
  }

  std::unique_ptr<TreeReader> reader_;
  std::string prefix_;
  std::string buffer_;  // before its writer: the writer's end still writes to it
  std::unique_ptr<archive, FreeWriter> writer_;
  std::unordered_set<std::string> directories_;
  std::string name_;
  std::int64_t left_ = 0;
  bool ended_ = false;
};

}  // namespace

TarStream tarOf(std::unique_ptr<TreeReader> reader, const std::string& prefix) {
  auto packer = std::make_shared<TarPacker>(std::move(reader), prefix);
  return [packer] { return packer->next(); };
}

}  // namespace kiln::runtime
