#include "store/repositories/git_repository.h"

#include <git2.h>

#include <cstdio>

namespace kiln::store {
namespace {

GitSignature toSignature(const git_signature* from) {
  return {from->name, from->email, from->when.time, from->when.offset};
}

EntryKind kindOf(const git_tree_entry* entry) {
  switch (git_tree_entry_filemode(entry)) {
    case GIT_FILEMODE_TREE: return EntryKind::kFolder;
    case GIT_FILEMODE_COMMIT: return EntryKind::kSubmodule;
    case GIT_FILEMODE_LINK: return EntryKind::kSymlink;
    case GIT_FILEMODE_BLOB_EXECUTABLE: return EntryKind::kExecutable;
    case GIT_FILEMODE_BLOB:
    case GIT_FILEMODE_UNREADABLE: break;
  }
  return EntryKind::kFile;
}

GitEntry toEntry(const git_tree_entry* entry) {
  return {kindOf(entry), toHex(*git_tree_entry_id(entry)), git_tree_entry_name(entry)};
}

bool isTracked(std::string_view name) {
  return name.starts_with(kHeads) || name.starts_with(kTags);
}

}  // namespace

bool isReferenceName(const std::string& name) {
  startGitLibrary();
  int valid = 0;
  return name.find('\0') == std::string::npos &&
         git_reference_name_is_valid(&valid, name.c_str()) == 0 && valid != 0;
}

Result<GitRepository> GitRepository::open(const std::filesystem::path& path) {
  startGitLibrary();
  git_repository* opened = nullptr;
  if (const int answer = git_repository_open_bare(&opened, path.c_str()); answer != 0) {
    return gitError(answer, "opening the git repository " + path.string());
  }
  return GitRepository(GitHandle<git_repository>(opened));
}

Result<std::optional<std::string>> GitRepository::peelToCommit(const git_oid& id) const {
  git_object* found = nullptr;
  int answer = git_object_lookup(&found, handle_.get(), &id, GIT_OBJECT_ANY);
  if (answer == GIT_ENOTFOUND) return std::optional<std::string>();
  if (answer != 0) return gitError(answer, "reading object " + toHex(id));
  const GitHandle<git_object> object(found);
  git_object* peeled = nullptr;
  answer = git_object_peel(&peeled, object.get(), GIT_OBJECT_COMMIT);
  if (answer == GIT_EPEEL || answer == GIT_EINVALIDSPEC || answer == GIT_ENOTFOUND) {
    return std::optional<std::string>();
  }
  if (answer != 0) return gitError(answer, "finding the commit of " + toHex(id));
  const GitHandle<git_object> commit(peeled);
  return std::optional(toHex(*git_object_id(commit.get())));
}

Result<References> GitRepository::references() const {
  git_reference_iterator* made = nullptr;
  if (const int answer = git_reference_iterator_new(&made, handle_.get()); answer != 0) {
    return gitError(answer, "listing references");
  }
  const GitHandle<git_reference_iterator> each(made);
  References references;
  git_reference* next = nullptr;
  int answer = 0;
  while ((answer = git_reference_next(&next, each.get())) == 0) {
    const GitHandle<git_reference> reference(next);
    const std::string name = git_reference_name(reference.get());
    const git_oid* target = git_reference_target(reference.get());
    if (target == nullptr || !isTracked(name)) continue;
    auto commit = peelToCommit(*target);
    if (!commit.ok()) return commit.error();
    references[name] = {toHex(*target), commit->value_or("")};
  }
  if (answer != GIT_ITEROVER) return gitError(answer, "listing references");
  return references;
}

Result<std::optional<std::string>> GitRepository::findReference(const std::string& name) const {
  git_oid id;
  const int answer = git_reference_name_to_id(&id, handle_.get(), name.c_str());
  if (answer == GIT_ENOTFOUND || answer == GIT_EINVALIDSPEC) return std::optional<std::string>();
  if (answer != 0) return gitError(answer, "reading reference " + name);
  return std::optional(toHex(id));
}

Result<std::optional<std::string>> GitRepository::resolve(const std::string& specifier) const {
  git_oid id;
  if (fromHex(specifier, id)) {
    auto commit = peelToCommit(id);
    if (!commit.ok() || *commit) return commit;
  }
  for (const std::string& name :
       {specifier, std::string(kHeads) + specifier, std::string(kTags) + specifier}) {
    if (!name.starts_with("refs/") && name != "HEAD") continue;
    auto target = findReference(name);
    if (!target.ok()) return target;
    if (!*target) continue;
    if (!fromHex(**target, id)) break;
    return peelToCommit(id);
  }
  return std::optional<std::string>();
}

Result<std::optional<GitCommit>> GitRepository::findCommit(const std::string& id) const {
  git_oid oid;
  if (!fromHex(id, oid)) return std::optional<GitCommit>();
  git_commit* found = nullptr;
  const int answer = git_commit_lookup(&found, handle_.get(), &oid);
  if (answer == GIT_ENOTFOUND || answer == GIT_EINVALIDSPEC) return std::optional<GitCommit>();
  if (answer != 0) return gitError(answer, "reading commit " + id);
  const GitHandle<git_commit> commit(found);
  GitCommit read{.id = toHex(oid),
                 .tree = toHex(*git_commit_tree_id(commit.get())),
                 .parents = {},
                 .message = git_commit_message_raw(commit.get()),
                 .author = toSignature(git_commit_author(commit.get())),
                 .committer = toSignature(git_commit_committer(commit.get()))};
  for (unsigned at = 0; at < git_commit_parentcount(commit.get()); ++at) {
    read.parents.push_back(toHex(*git_commit_parent_id(commit.get(), at)));
  }
  return std::optional(std::move(read));
}

namespace {

Result<GitHandle<git_tree>> openTree(git_repository* repository, const std::string& id) {
  git_oid oid;
  git_tree* found = nullptr;
  if (!fromHex(id, oid)) return Error{Code::kInternal, "reading tree '" + id + "': no object id"};
  const int answer = git_tree_lookup(&found, repository, &oid);
  if (answer != 0) return gitError(answer, "reading tree " + id);
  return GitHandle<git_tree>(found);
}

}  // namespace

Result<std::optional<GitEntry>> GitRepository::findEntry(const std::string& tree,
                                                         const std::string& path) const {
  auto base = openTree(handle_.get(), tree);
  if (!base.ok()) return base.error();
  git_tree_entry* found = nullptr;
  const int answer = git_tree_entry_bypath(&found, base->get(), path.c_str());
  if (answer == GIT_ENOTFOUND) return std::optional<GitEntry>();
  if (answer != 0) return gitError(answer, "finding " + path + " in tree " + tree);
  const GitHandle<git_tree_entry> entry(found);
  return std::optional(toEntry(entry.get()));
}

Result<std::vector<GitEntry>> GitRepository::list(const std::string& tree) const {
  auto base = openTree(handle_.get(), tree);
  if (!base.ok()) return base.error();
  std::vector<GitEntry> entries;
  for (std::size_t at = 0; at < git_tree_entrycount(base->get()); ++at) {
    entries.push_back(toEntry(git_tree_entry_byindex(base->get(), at)));
  }
  return entries;
}

Result<std::optional<GitBlob>> GitRepository::findBlob(const std::string& id,
                                                       std::uint64_t most) const {
  git_oid oid;
  if (!fromHex(id, oid)) return std::optional<GitBlob>();
  git_odb* odb = nullptr;
  if (const int answer = git_repository_odb(&odb, handle_.get()); answer != 0) {
    return gitError(answer, "opening the object database");
  }
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  int answer = git_odb_read_header(&size, &type, odb, &oid);
  git_odb_free(odb);
  if (answer == GIT_ENOTFOUND || (answer == 0 && type != GIT_OBJECT_BLOB)) {
    return std::optional<GitBlob>();
  }
  if (answer != 0) return gitError(answer, "reading object " + id);
  if (size > most) return std::optional(GitBlob{size, {}});
  git_blob* found = nullptr;
  answer = git_blob_lookup(&found, handle_.get(), &oid);
  if (answer != 0) return gitError(answer, "reading blob " + id);
  const GitHandle<git_blob> blob(found);
  return std::optional(
      GitBlob{size, std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())), size)});
}

Result<std::optional<std::string>> GitRepository::mergeBase(const std::string& one,
                                                            const std::string& other) const {
  git_oid first;
  git_oid second;
  git_oid base;
  if (!fromHex(one, first) || !fromHex(other, second)) return std::optional<std::string>();
  const int answer = git_merge_base(&base, handle_.get(), &first, &second);
  if (answer == GIT_ENOTFOUND) return std::optional<std::string>();
  if (answer != 0) return gitError(answer, "finding the merge base of " + one + " and " + other);
  return std::optional(toHex(base));
}

namespace {

std::optional<GitFileSide> toSide(const git_diff_file& file) {
  if (file.mode == 0) return std::nullopt;  // not there on this side
  char mode[8];
  std::snprintf(mode, sizeof mode, "%06o", static_cast<unsigned>(file.mode));
  return GitFileSide{toHex(file.id), file.path, mode};
}

}  // namespace

Result<std::vector<GitDifference>> GitRepository::differences(const std::string& before,
                                                              const std::string& after) const {
  GitHandle<git_tree> trees[2];
  const std::string* ids[2] = {&before, &after};
  for (int at = 0; at < 2; ++at) {
    if (ids[at]->empty()) continue;
    auto tree = openTree(handle_.get(), *ids[at]);
    if (!tree.ok()) return tree.error();
    trees[at] = std::move(*tree);
  }
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.flags = GIT_DIFF_SKIP_BINARY_CHECK | GIT_DIFF_INCLUDE_TYPECHANGE;
  git_diff* made = nullptr;
  const int answer =
      git_diff_tree_to_tree(&made, handle_.get(), trees[0].get(), trees[1].get(), &options);
  if (answer != 0) return gitError(answer, "comparing trees " + before + " and " + after);
  const GitHandle<git_diff> diff(made);
  std::vector<GitDifference> found;
  for (std::size_t at = 0; at < git_diff_num_deltas(diff.get()); ++at) {
    const git_diff_delta* delta = git_diff_get_delta(diff.get(), at);
    found.push_back({toSide(delta->old_file), toSide(delta->new_file)});
  }
  return found;
}

}  // namespace kiln::store
