#include "runtime/source/git_tree.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

constexpr std::int64_t kLongestTarget = 4095;  // of a symbolic link, as Linux has it

bool isDotGit(std::string_view name) {
  return name.size() == 4 && std::equal(name.begin(), name.end(), ".git", [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b;
         });
}

class TreeWalk {
 public:
  TreeWalk(GitForest& forest, std::size_t part) : forest_(forest), part_(part) {}

  std::optional<GitFault> run() {
    GitPart& part = forest_.parts[part_];
    git_commit* found = nullptr;
    if (git_commit_lookup(&found, part.repository.get(), &part.commit) != 0)
      return gitFault("cannot read the commit");
    Handle<git_commit> commit(found);
    git_odb* objects = nullptr;
    if (git_repository_odb(&objects, part.repository.get()) != 0)
      return gitFault("cannot read the fetched objects");
    odb_.reset(objects);
    return walk(*git_commit_tree_id(commit.get()), part.prefix);
  }

 private:
  std::optional<GitFault> walk(const git_oid& oid, const std::string& prefix) {
    git_tree* found = nullptr;
    if (git_tree_lookup(&found, forest_.parts[part_].repository.get(), &oid) != 0)
      return gitFault("cannot read the tree " + textOf(oid));
    Handle<git_tree> tree(found);
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
      if (forest_.stop.stop_requested())
        return GitFault::ofHost({Code::kUnavailable, "reading the tree was stopped"});
      const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
      const std::string_view name = git_tree_entry_name(entry);
      if (auto fault = judge(prefix, name)) return fault;
      if (!names.insert(name).second)
        return GitFault::ofBuild("the repository has the path " +
                                 shown(prefix + std::string(name)) + " twice");
      if (auto fault = take(entry, prefix + std::string(name))) return fault;
    }
    return std::nullopt;
  }

  std::optional<GitFault> judge(const std::string& prefix, std::string_view name) {
    const auto path = prefix + std::string(name);
    const bool plain =
        !name.empty() && name != "." && name.find('/') == std::string_view::npos && !isDotGit(name);
    const auto clean = cleanName(path);
    if (!plain || !clean)
      return GitFault::ofBuild("the repository has the invalid path " + shown(path));
    if (static_cast<std::int64_t>(forest_.entries.size()) >= forest_.limits.maxFiles)
      return GitFault::ofBuild("the repository has more than the " +
                               std::to_string(forest_.limits.maxFiles) +
                               " files a source may have");
    return std::nullopt;
  }

  std::optional<GitFault> take(const git_tree_entry* entry, std::string path) {
    GitEntry made{.name = std::move(path), .oid = *git_tree_entry_id(entry), .part = part_};
    switch (git_tree_entry_filemode(entry)) {
      case GIT_FILEMODE_TREE: {
        made.kind = EntryKind::kDirectory;
        made.mode = 0755;
        const auto below = made.name + "/";
        const auto oid = made.oid;
        forest_.entries.push_back(std::move(made));
        return walk(oid, below);
      }
      case GIT_FILEMODE_COMMIT:
        made.kind = EntryKind::kDirectory;
        made.mode = 0755;
        made.submodule = true;
        break;
      case GIT_FILEMODE_LINK: made.kind = EntryKind::kSymlink; break;
      case GIT_FILEMODE_BLOB_EXECUTABLE: made.mode = 0755; break;
      default: break;
    }
    if (made.kind != EntryKind::kDirectory) {
      if (auto fault = measure(made)) return fault;
    }
    if (made.name.ends_with(".gitattributes")) forest_.parts[part_].filters = true;
    forest_.entries.push_back(std::move(made));
    return std::nullopt;
  }

  std::optional<GitFault> measure(GitEntry& entry) {
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (git_odb_read_header(&size, &type, odb_.get(), &entry.oid) != 0)
      return gitFault("cannot read " + shown(entry.name) + " of the repository");
    if (type != GIT_OBJECT_BLOB)
      return GitFault::ofBuild("the repository's path " + shown(entry.name) + " is no file's");
    entry.size = static_cast<std::int64_t>(size);
    if (entry.kind == EntryKind::kSymlink && entry.size > kLongestTarget)
      return GitFault::ofBuild("the repository's symbolic link " + shown(entry.name) +
                               " is too long");
    if (entry.size > forest_.limits.maxBytes - forest_.bytes)
      return GitFault::ofBuild("the repository holds more than the " +
                               std::to_string(forest_.limits.maxBytes) +
                               " bytes a source may have");
    forest_.bytes += entry.size;
    return std::nullopt;
  }

  GitForest& forest_;
  std::size_t part_;
  Handle<git_odb> odb_;
};

Error blobError(const GitEntry& entry) {
  const git_error* last = git_error_last();
  return Error{Code::kCorrupt, "cannot read " + shown(entry.name) + " of a fetched repository: " +
                                   (last == nullptr ? "" : last->message)};
}

}  // namespace

std::optional<GitFault> addTree(GitForest& forest, std::size_t part) {
  return TreeWalk(forest, part).run();
}

std::string_view GitContent::bytes() const {
  if (!blob_) return filtered_;
  return {static_cast<const char*>(git_blob_rawcontent(blob_.get())),
          static_cast<std::size_t>(git_blob_rawsize(blob_.get()))};
}

Result<GitContent> readBlob(const GitPart& part, const GitEntry& entry) {
  git_blob* found = nullptr;
  if (git_blob_lookup(&found, part.repository.get(), &entry.oid) != 0) return blobError(entry);
  Handle<git_blob> blob(found);
  if (!part.filters || entry.kind != EntryKind::kFile) return GitContent(std::move(blob));
  git_blob_filter_options options;
  git_blob_filter_options_init(&options, GIT_BLOB_FILTER_OPTIONS_VERSION);
  options.flags = GIT_BLOB_FILTER_CHECK_FOR_BINARY | GIT_BLOB_FILTER_NO_SYSTEM_ATTRIBUTES |
                  GIT_BLOB_FILTER_ATTRIBUTES_FROM_COMMIT;
  options.attr_commit_id = part.commit;
  git_buf filtered = GIT_BUF_INIT;
  if (git_blob_filter(&filtered, blob.get(), entry.name.c_str() + part.prefix.size(), &options) !=
      0)
    return blobError(entry);
  std::string content(filtered.ptr == nullptr ? "" : filtered.ptr, filtered.size);
  git_buf_dispose(&filtered);
  return GitContent(std::move(content));
}

std::optional<std::string> findFile(const GitPart& part, const char* path, std::size_t maxBytes) {
  git_object* object = nullptr;
  const std::string spec = textOf(part.commit) + ":" + path;
  if (git_revparse_single(&object, part.repository.get(), spec.c_str()) != 0) return std::nullopt;
  Handle<git_object> held(object);
  if (git_object_type(object) != GIT_OBJECT_BLOB) return std::nullopt;
  const auto* blob = reinterpret_cast<const git_blob*>(object);
  const auto size = static_cast<std::size_t>(git_blob_rawsize(blob));
  if (size > maxBytes) return std::nullopt;
  return std::string(static_cast<const char*>(git_blob_rawcontent(blob)), size);
}

}  // namespace kiln::runtime
