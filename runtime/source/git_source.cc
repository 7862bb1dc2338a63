#include "runtime/source/git_source.h"

#include <utility>
#include <vector>

#include "runtime/source/directory_reader.h"
#include "runtime/source/git_clone.h"
#include "runtime/source/source_words.h"
#include "runtime/source/tree_reader.h"

namespace kiln::runtime {
namespace {

// What has been fetched, for as many readings as are wanted.
struct Fetched {
  GitForest forest;
  std::vector<std::pair<std::string, std::string>> gitFiles;
  std::filesystem::path top;  // stands for .git
  std::int64_t modified = 0;
};

// The tree's files, those that tell where submodules' repositories are, then .git.
class GitReader final : public TreeReader {
 public:
  explicit GitReader(const Fetched& fetched)
      : fetched_(fetched), directory_(fetched.top, ".git/", fetched.modified) {}

  Result<std::optional<TreeEntry>> next() override {
    inDirectory_ = false;
    given_ = false;
    content_.reset();
    const auto& entries = fetched_.forest.entries;
    if (nextEntry_ < entries.size()) return treeEntry(entries[nextEntry_++]);
    if (nextFile_ < fetched_.gitFiles.size()) {
      const auto& [name, text] = fetched_.gitFiles[nextFile_++];
      content_.emplace(text);
      return std::optional(make(name, EntryKind::kFile, 0644));
    }
    inDirectory_ = true;
    return directory_.next();
  }

  Result<std::string_view> data() override {
    if (inDirectory_) return directory_.data();
    return !content_ || std::exchange(given_, true) ? std::string_view() : content_->bytes();
  }

 private:
  Result<std::optional<TreeEntry>> treeEntry(const GitEntry& entry) {
    if (entry.kind == EntryKind::kDirectory)
      return std::optional(make(entry.name, entry.kind, entry.mode));
    const auto& part = fetched_.forest.parts[entry.part];
    auto content = readBlob(part, entry);
    if (!content) return content.error();
    content_.emplace(std::move(*content));
    auto made = make(entry.name, entry.kind, entry.kind == EntryKind::kSymlink ? 0777 : entry.mode);
    if (entry.kind == EntryKind::kSymlink) made.target = content_->bytes();
    return std::optional(std::move(made));
  }

  TreeEntry make(const std::string& name, EntryKind kind, int mode) const {
    return {.name = name,
            .kind = kind,
            .mode = mode,
            .modified = fetched_.modified,
            .size = content_ ? static_cast<std::int64_t>(content_->bytes().size()) : 0,
            .target = {}};
  }

  const Fetched& fetched_;
  DirectoryReader directory_;
  std::optional<GitContent> content_;  // of the entry at hand
  std::size_t nextEntry_ = 0;
  std::size_t nextFile_ = 0;
  bool inDirectory_ = false;
  bool given_ = false;
};

class GitSource final : public FetchedSource {
 public:
  GitSource(std::unique_ptr<Scratch> scratch, std::string commit, Fetched fetched)
      : scratch_(std::move(scratch)), commit_(std::move(commit)), fetched_(std::move(fetched)) {}

  std::string resolvedVersion() const override { return commit_; }

  TarStream tar(const std::string& prefix) override {
    return tarOf(std::make_unique<GitReader>(fetched_), prefix);
  }

  Result<std::string, FileFault> readFile(std::string_view path, std::size_t maxBytes) override {
    indexNames();
    const auto found = names_.find(path);
    if (!found) return FileFault::kAbsent;
    if (found->kind != EntryKind::kFile) return FileFault::kDirectory;
    const auto& entry = fetched_.forest.entries[static_cast<std::size_t>(found->ordinal)];
    if (static_cast<std::size_t>(entry.size) > maxBytes) return FileFault::kTooLarge;
    auto content = readBlob(fetched_.forest.parts[entry.part], entry);
    if (!content) return FileFault::kUnreadable;
    return std::string(content->bytes());
  }

 private:
  void indexNames() {
    if (names_.size() > 0) return;
    const auto& entries = fetched_.forest.entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      TreeNames::Node node{entries[i].kind, static_cast<std::int64_t>(i), {}};
      if (node.kind == EntryKind::kSymlink) {
        auto target = readBlob(fetched_.forest.parts[entries[i].part], entries[i]);
        if (target) node.target = target->bytes();
      }
      (void)names_.add(entries[i].name, std::move(node));  // judged when the tree was walked
    }
  }

  std::unique_ptr<Scratch> scratch_;
  std::string commit_;
  Fetched fetched_;
  TreeNames names_;  // made when the first file is asked for
};

}  // namespace

SourceResult<std::unique_ptr<FetchedSource>> fetchGit(const SourceSpec& spec,
                                                      std::unique_ptr<Scratch> scratch,
                                                      const GitAsk& ask) {
  const auto top = scratch->path() / "git";
  GitClone run(spec, ask, top);
  if (auto fault = run.run()) {
    if (fault->host) return SourceError::ofHost(*fault->host);
    return clientError(spec, fault->what);
  }
  Fetched fetched{.forest = run.takeForest(),
                  .gitFiles = run.takeGitFiles(),
                  .top = top,
                  .modified = toUnixMillis(ask.world.clock.now()) / 1000};
  return std::unique_ptr<FetchedSource>(
      std::make_unique<GitSource>(std::move(scratch), run.commit(), std::move(fetched)));
}

}  // namespace kiln::runtime
