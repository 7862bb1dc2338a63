#include "runtime/source/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <fstream>

#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kBlock = std::size_t{128} << 10;

// libarchive turns a zip's UTF-8 names into the locale's charset; in the "C" locale they would lose their letters.
class Utf8Names {
 public:
  Utf8Names() : before_(uselocale(utf8())) {}
  ~Utf8Names() { uselocale(before_); }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  static locale_t utf8() {
    static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return made;
  }
  locale_t before_;
};

std::optional<EntryKind> kindOf(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return EntryKind::kHardlink;
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG: return EntryKind::kFile;
    case AE_IFDIR: return EntryKind::kDirectory;
    case AE_IFLNK: return EntryKind::kSymlink;
    default: return std::nullopt;
  }
}

// Nothing but the record that ends a zip's directory, which counts no entries.
bool isEmptyZip(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string head(23, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  return in.gcount() == 22 && head.starts_with(std::string_view("PK\x05\x06\0\0\0\0\0\0\0\0", 12));
}

std::string text(const char* words) { return words == nullptr ? std::string() : words; }

RawEntry toRaw(archive_entry* entry) {
  RawEntry raw;
  raw.name = text(archive_entry_pathname(entry));
  raw.kind = kindOf(entry);
  raw.mode = static_cast<int>(archive_entry_perm(entry)) & 0777;
  raw.modified = archive_entry_mtime(entry);
  if (archive_entry_size_is_set(entry) != 0) raw.size = archive_entry_size(entry);
  if (raw.kind == EntryKind::kSymlink) raw.target = text(archive_entry_symlink(entry));
  if (raw.kind == EntryKind::kHardlink) raw.target = text(archive_entry_hardlink(entry));
  raw.encrypted = archive_entry_is_encrypted(entry) != 0;
  return raw;
}

}  // namespace

void ArchiveReader::Free::operator()(archive* reader) const { archive_read_free(reader); }

Result<std::unique_ptr<ArchiveReader>, ArchiveFault> ArchiveReader::open(
    const std::filesystem::path& path) {
  Utf8Names names;
  std::unique_ptr<ArchiveReader> made(new ArchiveReader());
  made->empty_ = isEmptyZip(path);
  made->reader_.reset(archive_read_new());
  archive* reader = made->reader_.get();
  archive_read_support_format_tar(reader);
  archive_read_support_format_zip_seekable(reader);
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_bzip2(reader);
  archive_read_support_filter_xz(reader);
  if (made->empty_) return made;
  if (archive_read_open_filename(reader, path.c_str(), kBlock) != ARCHIVE_OK)
    return made->fault("the object is not a zip or tar archive");
  return made;
}

Result<std::unique_ptr<ArchiveReader>, ArchiveFault> ArchiveReader::openTar(
    std::function<Result<std::string>()> source) {
  std::unique_ptr<ArchiveReader> made(new ArchiveReader());
  made->source_ = std::move(source);
  made->reader_.reset(archive_read_new());
  archive* reader = made->reader_.get();
  archive_read_support_format_tar(reader);
  const auto read = [](archive* asking, void* self, const void** bytes) -> la_ssize_t {
    auto& stream = *static_cast<ArchiveReader*>(self);
    auto next = stream.source_();
    if (!next.ok()) {
      archive_set_error(asking, -1, "%s", next.error().message.c_str());
      return ARCHIVE_FATAL;
    }
    stream.piece_ = *std::move(next);
    *bytes = stream.piece_.data();
    return static_cast<la_ssize_t>(stream.piece_.size());
  };
  if (archive_read_open(reader, made.get(), nullptr, read, nullptr) != ARCHIVE_OK)
    return made->fault("the stream is not a tar archive");
  return made;
}

ArchiveFault ArchiveReader::fault(const std::string& attempted) const {
  const char* why = archive_error_string(reader_.get());
  return {attempted + (why == nullptr ? "" : ": " + std::string(why))};
}

Result<std::optional<RawEntry>, ArchiveFault> ArchiveReader::next() {
  if (empty_) return std::optional<RawEntry>();
  Utf8Names names;
  archive_entry* entry = nullptr;
  const int got = archive_read_next_header(reader_.get(), &entry);
  if (got == ARCHIVE_EOF) return std::optional<RawEntry>();
  if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
    return fault(name_.empty() ? "the archive cannot be read"
                               : "the archive cannot be read after entry " + shown(name_));
  auto raw = toRaw(entry);
  name_ = raw.name;
  size_ = raw.kind == EntryKind::kFile ? raw.size.value_or(-1) : -1;
  block_ = {};
  blockOffset_ = offset_ = 0;
  ended_ = raw.kind != EntryKind::kFile;
  return std::optional<RawEntry>(std::move(raw));
}

// Zeros up to the next bytes, or to the claimed size when there are none.
std::string_view ArchiveReader::hole() {
  const std::int64_t until = ended_ ? size_ : blockOffset_;
  if (until <= offset_) return {};
  const auto length = std::min<std::int64_t>(until - offset_, kMostAtOnce);
  if (zeros_.empty()) zeros_.resize(kMostAtOnce);
  offset_ += length;
  return std::string_view(zeros_).substr(0, static_cast<std::size_t>(length));
}

Result<std::string_view, ArchiveFault> ArchiveReader::data() {
  while (block_.empty() && !ended_) {
    const void* bytes = nullptr;
    std::size_t size = 0;
    la_int64_t at = 0;
    const int got = archive_read_data_block(reader_.get(), &bytes, &size, &at);
    if (got != ARCHIVE_OK && got != ARCHIVE_EOF)
      return fault("entry " + shown(name_) + " cannot be read");
    ended_ = got == ARCHIVE_EOF;
    if (ended_) break;
    if (at < offset_) return ArchiveFault{"entry " + shown(name_) + " has bytes that overlap"};
    block_ = {static_cast<const char*>(bytes), size};
    blockOffset_ = at;
  }
  if (auto zeros = hole(); !zeros.empty() || block_.empty()) return zeros;
  const auto piece = block_.substr(0, kMostAtOnce);
  block_.remove_prefix(piece.size());
  blockOffset_ += static_cast<std::int64_t>(piece.size());
  offset_ = blockOffset_;
  return piece;
}

}  // namespace kiln::runtime
