#include "runtime/source/folder_source.h"

#include <cerrno>
#include <fstream>
#include <vector>

#include "runtime/source/source_words.h"
#include "runtime/source/tree_reader.h"

namespace kiln::runtime {
namespace {

struct FolderEntry {
  std::string name;
  EntryKind kind = EntryKind::kFile;
  std::int64_t modified = 0;
  std::int64_t offset = 0;  // in the file of all bodies
  std::int64_t size = 0;
};

struct Folder {
  std::vector<FolderEntry> entries;
  TreeNames names;
};

class FolderReader final : public TreeReader {
 public:
  FolderReader(const std::filesystem::path& bodies, const Folder& folder)
      : bodies_(bodies, std::ios::binary), folder_(folder), buffer_(std::size_t{256} << 10, '\0') {}

  Result<std::optional<TreeEntry>> next() override {
    if (next_ == folder_.entries.size()) return std::optional<TreeEntry>();
    const auto& entry = folder_.entries[next_++];
    left_ = entry.size;
    bodies_.seekg(entry.offset);
    return std::optional(TreeEntry{.name = entry.name,
                                   .kind = entry.kind,
                                   .mode = entry.kind == EntryKind::kDirectory ? 0755 : 0644,
                                   .modified = entry.modified,
                                   .size = entry.size,
                                   .target = {}});
  }

  Result<std::string_view> data() override {
    const auto want = std::min<std::int64_t>(left_, static_cast<std::int64_t>(buffer_.size()));
    if (want == 0) return std::string_view();
    bodies_.read(buffer_.data(), want);
    if (bodies_.gcount() != want) return fileSystemError("cannot read a fetched object again");
    left_ -= want;
    return std::string_view(buffer_).substr(0, static_cast<std::size_t>(want));
  }

 private:
  std::ifstream bodies_;
  const Folder& folder_;
  std::string buffer_;
  std::size_t next_ = 0;
  std::int64_t left_ = 0;
};

class FolderSource final : public FetchedSource {
 public:
  FolderSource(std::unique_ptr<Scratch> scratch, std::filesystem::path bodies, Folder folder)
      : scratch_(std::move(scratch)), bodies_(std::move(bodies)), folder_(std::move(folder)) {}

  std::string resolvedVersion() const override { return {}; }

  TarStream tar(const std::string& prefix) override {
    return tarOf(std::make_unique<FolderReader>(bodies_, folder_), prefix);
  }

  Result<std::string, FileFault> readFile(std::string_view path, std::size_t maxBytes) override {
    const auto found = folder_.names.find(path);
    if (!found) return FileFault::kAbsent;
    if (found->kind != EntryKind::kFile) return FileFault::kDirectory;
    const auto& entry = folder_.entries[static_cast<std::size_t>(found->ordinal)];
    if (static_cast<std::size_t>(entry.size) > maxBytes) return FileFault::kTooLarge;
    std::ifstream in(bodies_, std::ios::binary);
    std::string content(static_cast<std::size_t>(entry.size), '\0');
    in.seekg(entry.offset);
    in.read(content.data(), entry.size);
    if (in.gcount() != entry.size) return FileFault::kUnreadable;
    return content;
  }

 private:
  std::unique_ptr<Scratch> scratch_;
  std::filesystem::path bodies_;
  Folder folder_;
};

class FolderFetch {
 public:
  FolderFetch(const SourceSpec& spec, const S3Place& place, const S3Fetch& fetch,
              ScratchFile bodies)
      : spec_(spec), place_(place), fetch_(fetch), bodies_(std::move(bodies)) {}

  std::optional<SourceError> run() {
    std::string token;
    do {
      auto page = fetch_.objects.list(fetch_.scope, place_.bucket, place_.key, token, fetch_.stop);
      if (!page) return objectError(spec_, page.error());
      for (const auto& object : page->objects) {
        if (fetch_.stop.stop_requested())
          return stopped("fetching the objects of " + spec_.location);
        if (auto failed = take(object)) return failed;
      }
      token = page->next;
    } while (!token.empty());
    if (!any_) return clientError(spec_, "NoSuchKey: The specified key does not exist.");
    if (auto fault = folder_.names.firstFault())
      return clientError(spec_, "the folder's " + fault->what);
    if (auto flushed = bodies_.flush(); !flushed) return SourceError::ofHost(flushed.error());
    return std::nullopt;
  }

  Folder takeFolder() { return std::move(folder_); }

 private:
  std::optional<SourceError> take(const ListedObject& object) {
    any_ = true;
    const auto rest =
        std::string_view(object.key).substr(std::min(place_.key.size(), object.key.size()));
    if (rest.empty()) return std::nullopt;  // the folder itself
    if (static_cast<std::int64_t>(folder_.entries.size()) >= fetch_.limits.maxFiles)
      return clientError(spec_, "the folder has more than the " +
                                    std::to_string(fetch_.limits.maxFiles) +
                                    " objects a source may have");
    auto name = cleanName(rest);
    if (!name)
      return clientError(spec_, "the object " + shown(object.key) + " " + name.error().what);
    if (name->empty())
      return clientError(spec_,
                         "the object " + shown(object.key) + " has no name below the folder");
    FolderEntry entry{.name = *name,
                      .kind = rest.ends_with('/') ? EntryKind::kDirectory : EntryKind::kFile,
                      .modified = toUnixMillis(object.modified) / 1000,
                      .offset = bodies_.size()};
    const auto ordinal = static_cast<std::int64_t>(folder_.entries.size());
    if (auto fault = folder_.names.add(*name, {entry.kind, ordinal, {}}))
      return clientError(spec_, "the object " + shown(object.key) + " " + fault->what);
    if (entry.kind == EntryKind::kFile) {
      if (auto failed = download(object.key)) return failed;
    }
    entry.size = bodies_.size() - entry.offset;
    folder_.entries.push_back(std::move(entry));
    return std::nullopt;
  }

  std::optional<SourceError> download(const std::string& key) {
    bool tooLarge = false;
    const auto sink = [&](std::string_view bytes) -> Status {
      tooLarge = bodies_.size() + static_cast<std::int64_t>(bytes.size()) > fetch_.limits.maxBytes;
      if (tooLarge) return Error{Code::kInvalidArgument, "the folder is too large"};
      return bodies_.append(bytes);
    };
    auto got = fetch_.objects.get(fetch_.scope, {place_.bucket, key, {}}, sink, fetch_.stop);
    if (tooLarge)
      return clientError(spec_, "the folder holds more than the " +
                                    std::to_string(fetch_.limits.maxBytes) +
                                    " bytes a source may have");
    if (!got) return objectError(spec_, got.error());
    return std::nullopt;
  }

  const SourceSpec& spec_;
  const S3Place& place_;
  const S3Fetch& fetch_;
  ScratchFile bodies_;
  Folder folder_;
  bool any_ = false;
};

}  // namespace

SourceResult<std::unique_ptr<FetchedSource>> fetchFolder(const SourceSpec& spec,
                                                         const S3Place& place,
                                                         std::unique_ptr<Scratch> scratch,
                                                         const S3Fetch& fetch) {
  const auto path = scratch->path() / "objects";
  auto bodies = ScratchFile::create(path);
  if (!bodies) return SourceError::ofHost(bodies.error());
  FolderFetch run(spec, place, fetch, std::move(*bodies));
  if (auto failed = run.run()) return *failed;
  return std::unique_ptr<FetchedSource>(
      std::make_unique<FolderSource>(std::move(scratch), path, run.takeFolder()));
}

}  // namespace kiln::runtime
