#include "runtime/sandbox/journal_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace kiln::runtime {
namespace {

struct FreeArchive {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

Error fileError(const std::string& attempted) {
  Code code = errno == ENOSPC ? Code::kResourceExhausted : Code::kUnavailable;
  return Error{code, attempted + ": " + std::strerror(errno)};
}

Error tarError(archive* reader) {
  const char* why = archive_error_string(reader);
  return Error{Code::kCorrupt, "cannot read the journal's archive: " +
                                   std::string(why == nullptr ? "cut off" : why)};
}

Status append(std::FILE* file, const void* bytes, std::size_t size) {
  if (std::fwrite(bytes, 1, size, file) == size) return okStatus();
  return fileError("cannot keep a stopped container's journal in the temporary directory");
}

// The first sequence number that a segment's name tells.
std::optional<std::uint64_t> segmentStart(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  std::uint64_t first = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), first);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return first;
}

// The data of the entry at hand.
Status copyEntry(archive* reader, std::FILE* out) {
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    int got = archive_read_data_block(reader, &block, &size, &offset);
    if (got == ARCHIVE_EOF) return okStatus();
    if (got != ARCHIVE_OK) return tarError(reader);
    if (auto kept = append(out, block, size); !kept) return kept;
  }
}

}  // namespace

Result<JournalReader::File> JournalReader::makeTemporary() {
  File file(std::tmpfile());
  if (!file) return fileError("cannot make a temporary file for a stopped container's journal");
  return file;
}

Result<std::unique_ptr<JournalReader>> JournalReader::open(ContainerRuntime& runtime,
                                                           const BuildId& id,
                                                           std::uint64_t resumeAfter) {
  std::unique_ptr<JournalReader> reader(new JournalReader());
  reader->resumeAfter_ = resumeAfter;
  auto tar = makeTemporary();
  if (!tar) return tar.error();
  std::size_t bytes = 0;
  auto copied =
      runtime.copyOut(id, std::string(agent::kJournalDirectory), {}, [&](std::string_view chunk) {
        bytes += chunk.size();
        return append(tar->get(), chunk.data(), chunk.size());
      });
  if (!copied && copied.error().code == Code::kNotFound) return reader;
  if (!copied) return copied.error();
  auto spool = makeTemporary();
  if (!spool) return spool.error();
  reader->spool_ = std::move(*spool);
  std::rewind(tar->get());
  if (bytes > 0) {
    if (auto unpacked = reader->unpack(tar->get()); !unpacked) return unpacked.error();
  }
  reader->order();
  return reader;
}

Status JournalReader::unpack(std::FILE* tar) {
  std::unique_ptr<archive, FreeArchive> reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_FILE(reader.get(), tar) != ARCHIVE_OK) return tarError(reader.get());
  archive_entry* entry = nullptr;
  for (;;) {
    int got = archive_read_next_header(reader.get(), &entry);
    if (got == ARCHIVE_EOF) break;
    if (got != ARCHIVE_OK) return tarError(reader.get());
    const char* path = archive_entry_pathname(entry);
    auto first = segmentStart(path == nullptr ? "" : path);
    if (!first || archive_entry_filetype(entry) != AE_IFREG) continue;
    std::int64_t begin = std::ftell(spool_.get());
    if (auto copied = copyEntry(reader.get(), spool_.get()); !copied) return copied;
    segments_.push_back({*first, begin, std::ftell(spool_.get()) - begin});
  }
  if (std::fflush(spool_.get()) != 0) return fileError("cannot keep a stopped container's journal");
  return okStatus();
}

// Oldest first, without those that are committed whole.
void JournalReader::order() {
  std::sort(segments_.begin(), segments_.end(),
            [](const Segment& a, const Segment& b) { return a.first < b.first; });
  while (nextSegment_ + 1 < segments_.size() &&
         segments_[nextSegment_ + 1].first <= resumeAfter_ + 1)
    ++nextSegment_;
}

bool JournalReader::loadSegment() {
  if (nextSegment_ == segments_.size()) return false;
  const Segment& segment = segments_[nextSegment_++];
  std::string bytes(static_cast<std::size_t>(segment.size), '\0');
  if (std::fseek(spool_.get(), segment.offset, SEEK_SET) != 0) return false;
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), spool_.get()));
  records_ = agent::RecordReader();
  records_.push(bytes);
  return true;
}

std::optional<agent::Record> JournalReader::next() {
  for (;;) {
    auto record = records_.next();
    if (record && record->sequence > resumeAfter_) return record;
    if (!record && !loadSegment()) return std::nullopt;
  }
}

}  // namespace kiln::runtime
