#include "runtime/source/archive_source.h"

#include <utility>
#include <vector>

#include "runtime/source/archive_reader.h"
#include "runtime/source/source_words.h"
#include "runtime/source/tree_reader.h"
#include "runtime/source/zip_names.h"

namespace kiln::runtime {
namespace {

// What the judging pass learnt, in order of the entries.
struct ArchiveFacts {
  TreeNames names;
  std::vector<std::int64_t> sizes;  // of each entry, as it really is
};

Error changed(const ArchiveFault& fault) {
  return Error{Code::kCorrupt,
               "a source's archive reads otherwise than it did when fetched: " + fault.what};
}

class ArchiveJudge {
 public:
  ArchiveJudge(const SourceLimits& limits, std::int64_t packed)
      : limits_(limits), packed_(packed) {}

  // nullopt for a stop.
  std::optional<Result<ArchiveFacts, ArchiveFault>> judge(ArchiveReader& reader,
                                                          const std::stop_token& stop) {
    for (;;) {
      auto raw = reader.next();
      if (!raw) return raw.error();
      if (!*raw) break;
      if (auto fault = admit(**raw))
        return ArchiveFault{"entry " + shown((*raw)->name) + " " + *fault};
      if (auto fault = count(reader, **raw, stop)) return *fault;
      if (stop.stop_requested()) return std::nullopt;
    }
    if (auto fault = facts_.names.firstFault()) return ArchiveFault{fault->what};
    return std::move(facts_);
  }

 private:
  // Name, kind and target; the fault as the rest of a sentence.
  std::optional<std::string> admit(RawEntry& raw) {
    if (static_cast<std::int64_t>(facts_.sizes.size()) >= limits_.maxFiles)
      return "is one more than the " + std::to_string(limits_.maxFiles) +
             " entries a source may have";
    auto name = cleanName(raw.name);
    if (!name) return name.error().what;
    if (!raw.kind) return "is a device, a pipe or a socket";
    if (raw.encrypted) return "is encrypted";
    TreeNames::Node node{*raw.kind, static_cast<std::int64_t>(facts_.sizes.size()), raw.target};
    if (name->empty())
      return raw.kind == EntryKind::kDirectory
                 ? std::nullopt
                 : std::optional<std::string>("is no directory, yet named as the root");
    if (raw.kind == EntryKind::kSymlink && raw.target.empty())
      return "is a symbolic link to nothing";
    if (raw.kind == EntryKind::kHardlink) {
      auto target = cleanName(raw.target);
      if (!target)
        return "is a hard link to " + shown(raw.target) + ", which " + target.error().what;
      const auto found = facts_.names.find(*target);
      if (!found || found->kind != EntryKind::kFile || found->name != *target)
        return "is a hard link to " + shown(raw.target) +
               ", which is no file before it in the archive";
      node.target = *target;
    }
    if (auto fault = facts_.names.add(*name, std::move(node))) return fault->what;
    return std::nullopt;
  }

  std::optional<ArchiveFault> count(ArchiveReader& reader, const RawEntry& raw,
                                    const std::stop_token& stop) {
    std::int64_t size = 0;
    if (raw.kind == EntryKind::kFile && raw.size.value_or(0) > 0) {
      if (auto fault = tooLarge(*raw.size)) return fault;
    }
    while (!stop.stop_requested()) {
      auto piece = reader.data();
      if (!piece) return piece.error();
      if (piece->empty()) break;
      size += static_cast<std::int64_t>(piece->size());
      if (auto fault = tooLarge(size)) return fault;
    }
    if (!stop.stop_requested() && raw.kind == EntryKind::kFile && raw.size.value_or(size) != size)
      return ArchiveFault{"entry " + shown(raw.name) + " has " + std::to_string(size) +
                          " bytes and claims " + std::to_string(*raw.size)};
    total_ += size;
    facts_.sizes.push_back(size);
    return std::nullopt;
  }

  // With `more` bytes on top of the entries before.
  std::optional<ArchiveFault> tooLarge(std::int64_t more) const {
    if (more > limits_.maxBytes - total_)
      return ArchiveFault{"the archive unpacks to more than the " +
                          std::to_string(limits_.maxBytes) + " bytes a source may have"};
    const std::int64_t total = total_ + more;
    if (total > limits_.ratioFloor && total / limits_.maxRatio > packed_)
      return ArchiveFault{"the archive unpacks to more than " + std::to_string(limits_.maxRatio) +
                          " times its size of " + std::to_string(packed_) + " bytes"};
    return std::nullopt;
  }

  const SourceLimits& limits_;
  std::int64_t packed_;
  std::int64_t total_ = 0;
  ArchiveFacts facts_;
};

// The second pass: what the judge has let through.
class SoundEntries final : public TreeReader {
 public:
  SoundEntries(const std::filesystem::path& path, const ArchiveFacts& facts) : facts_(facts) {
    auto opened = ArchiveReader::open(path);
    if (opened) reader_ = std::move(*opened);
  }

  Result<std::optional<TreeEntry>> next() override {
    if (!reader_) return changed({"it cannot be opened"});
    for (;;) {
      auto raw = reader_->next();
      if (!raw) return changed(raw.error());
      if (!*raw) return std::optional<TreeEntry>();
      if (++ordinal_ >= static_cast<std::int64_t>(facts_.sizes.size()))
        return changed({"it has grown"});
      auto name = cleanName((*raw)->name);
      if (!name || !(*raw)->kind) return changed({"its names have changed"});
      if (name->empty()) continue;  // the root
      return std::optional(entryOf(**raw, *name));
    }
  }

  Result<std::string_view> data() override {
    auto piece = reader_->data();
    if (!piece) return changed(piece.error());
    return *piece;
  }

  std::int64_t ordinal() const { return ordinal_; }

 private:
  TreeEntry entryOf(const RawEntry& raw, const std::string& name) const {
    TreeEntry entry{.name = name,
                    .kind = *raw.kind,
                    .mode = raw.mode,
                    .modified = raw.modified,
                    .target = raw.target};
    if (entry.kind == EntryKind::kFile)
      entry.size = facts_.sizes[static_cast<std::size_t>(ordinal_)];
    if (entry.kind == EntryKind::kHardlink) {
      auto target = cleanName(raw.target);
      if (target) entry.target = *target;
    }
    return entry;
  }

  const ArchiveFacts& facts_;
  std::unique_ptr<ArchiveReader> reader_;
  std::int64_t ordinal_ = -1;
};

class ArchiveSource final : public FetchedSource {
 public:
  ArchiveSource(std::unique_ptr<Scratch> scratch, std::filesystem::path path, ArchiveFacts facts)
      : scratch_(std::move(scratch)), path_(std::move(path)), facts_(std::move(facts)) {}

  std::string resolvedVersion() const override { return {}; }

  TarStream tar(const std::string& prefix) override {
    return tarOf(std::make_unique<SoundEntries>(path_, facts_), prefix);
  }

  Result<std::string, FileFault> readFile(std::string_view path, std::size_t maxBytes) override {
    const auto found = facts_.names.find(path);
    if (!found) return FileFault::kAbsent;
    if (found->kind != EntryKind::kFile) return FileFault::kDirectory;
    if (static_cast<std::size_t>(facts_.sizes[static_cast<std::size_t>(found->ordinal)]) > maxBytes)
      return FileFault::kTooLarge;
    SoundEntries entries(path_, facts_);
    for (;;) {
      auto entry = entries.next();
      if (!entry || !*entry) return FileFault::kUnreadable;
      if (entries.ordinal() == found->ordinal) return contentOf(entries);
    }
  }

 private:
  static Result<std::string, FileFault> contentOf(SoundEntries& entries) {
    std::string content;
    for (;;) {
      auto piece = entries.data();
      if (!piece) return FileFault::kUnreadable;
      if (piece->empty()) return content;
      content += *piece;
    }
  }

  std::unique_ptr<Scratch> scratch_;
  std::filesystem::path path_;
  ArchiveFacts facts_;
};

}  // namespace

SourceResult<std::unique_ptr<FetchedSource>> openArchive(const SourceSpec& spec,
                                                         std::unique_ptr<Scratch> scratch,
                                                         const std::filesystem::path& path,
                                                         const SourceLimits& limits,
                                                         std::stop_token stop) {
  std::error_code failed;
  const auto packed = std::filesystem::file_size(path, failed);
  if (failed)
    return SourceError::ofHost(
        {Code::kUnavailable, "cannot read " + path.string() + ": " + failed.message()});
  auto reader = ArchiveReader::open(path);
  if (!reader) return clientError(spec, reader.error().what);
  if (const auto name = zipNameWithNul(path))
    return clientError(spec, "entry " + shown(*name) + " holds a NUL byte");
  auto facts = ArchiveJudge(limits, static_cast<std::int64_t>(packed)).judge(**reader, stop);
  if (!facts) return stopped("reading the archive of " + spec.location);
  if (!*facts) return clientError(spec, facts->error().what);
  return std::unique_ptr<FetchedSource>(
      std::make_unique<ArchiveSource>(std::move(scratch), path, std::move(**facts)));
}

}  // namespace kiln::runtime
